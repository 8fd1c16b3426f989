// Which deliveries the TypeScript SDK accepts, of both kinds of secrets.
import { readFileSync } from "node:fs";
import { verify } from "./sdk/typescript/dist/index.js";

const accepted = [];
for (const { headers, body, secret } of JSON.parse(readFileSync("deliveries.json", "utf8"))) {
  accepted.push(await verify(body, headers, secret).then(() => true, () => false));
}
console.log(JSON.stringify({ typescript: accepted }));
