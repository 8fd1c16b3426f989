"""Which deliveries the algorithm that Standard Webhooks publishes accepts."""

import base64
import hashlib
import hmac
import json
import time


def accepts(delivery):
    headers = delivery["headers"]
    at = headers["webhook-timestamp"]
    if abs(time.time() - int(at)) > 300:
        return False
    key = base64.b64decode(delivery["secret"].removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{at}.{delivery['body']}".encode()
    want = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    given = [s.partition(",") for s in headers["webhook-signature"].split(" ")]
    return any(version == "v1" and hmac.compare_digest(text, want) for version, _, text in given)


with open("deliveries.json", encoding="utf-8") as file:
    shared = [d for d in json.load(file) if d["secret"].startswith("whsec_")]
print(json.dumps({"python": [accepts(d) for d in shared]}))
