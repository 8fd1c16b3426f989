// Which deliveries others' verifiers in JavaScript accept, and which ones of ed25519 the published algorithm does.
import { createPublicKey, verify } from "node:crypto";
import { readFileSync } from "node:fs";
import { Webhook as Standard } from "standardwebhooks";
import { Webhook as Svix } from "svix";

const deliveries = JSON.parse(readFileSync("deliveries.json", "utf8"));

function accepts(check) {
  try {
    return check() !== false;
  } catch {
    return false;
  }
}

function ed25519(secret, { headers, body }) {
  const head = Buffer.from("302a300506032b6570032100", "hex"); // RFC 8410: a public key follows
  const key = createPublicKey({ key: Buffer.concat([head, Buffer.from(secret.replace(/^whpk_/, ""), "base64")]), format: "der", type: "spki" });
  const signed = Buffer.from(`${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${body}`);
  return headers["webhook-signature"].split(" ").some((s) => s.startsWith("v1a,") && verify(null, signed, key, Buffer.from(s.slice(4), "base64")));
}

const shared = deliveries.filter((d) => d.secret.startsWith("whsec_"));
const asymmetric = deliveries.filter((d) => d.secret.startsWith("whpk_"));
const library = (Webhook) => shared.map((d) => accepts(() => void new Webhook(d.secret).verify(d.body, d.headers)));
console.log(JSON.stringify({ standardwebhooks: library(Standard), svix: library(Svix), ed25519: asymmetric.map((d) => accepts(() => ed25519(d.secret, d))) }));
