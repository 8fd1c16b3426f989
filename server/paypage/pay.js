(async () => {
  "use strict";
  const at = (id) => document.getElementById(id);
  const words = at("main").dataset;
  const heading = document.querySelector("h1");
  const say = (text) => {
    at("notice").textContent = text;
    at("notice").hidden = !text;
  };
  const none = ["bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf", "xof", "xpf"];
  const three = ["bhd", "jod", "kwd", "omr", "tnd"];
  const exact = (units, currency) => {
    const digits = none.includes(currency) ? 0 : three.includes(currency) ? 3 : 2;
    const text = String(units).padStart(digits + 1, "0");
    const point = text.length - digits;
    return (digits ? text.slice(0, point) + "." + text.slice(point) : text) + " " + currency.toUpperCase();
  };
  const query = new URLSearchParams(location.search);
  let given = "";
  try { given = decodeURIComponent(location.hash.slice(1)); } catch { /* a damaged link is told below */ }
  const secret = given || query.get("payment_intent_client_secret") || "";
  if (!secret.startsWith(words.payment + "_secret_")) return say(words.incomplete);
  // Stripe returns with the secret in the query; behind the # it is not sent again.
  history.replaceState(null, "", location.pathname + "#" + encodeURIComponent(secret));
  if (!window.Stripe) return say(words.formless);
  const stripe = window.Stripe(words.key, { locale: document.documentElement.lang });
  // show says how a payment stands, and whether that is all.
  const show = (intent) => {
    const total = exact(intent.amount, intent.currency);
    const filled = (text) => text.replace("{total}", () => total);
    const ended = Object.hasOwn(words, intent.status);
    heading.textContent = document.title = filled(ended ? words[intent.status] : words.open);
    at("what").textContent = intent.description || "";
    at("named").hidden = !intent.description;
    at("pay").textContent = filled(words.pay);
    say(ended ? words[intent.status + "Then"] : "");
    if (ended) at("form").remove();
    return ended;
  };
  const first = await stripe.retrievePaymentIntent(secret);
  if (first.error) return say(first.error.message || words.unseen);
  if (show(first.paymentIntent)) return;
  if (query.get("redirect_status") === "failed") say(words.failed);
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const elements = stripe.elements({ clientSecret: secret, appearance: { theme: dark ? "night" : "stripe" } });
  elements.create("payment").mount("#element");
  at("form").hidden = false;
  at("form").addEventListener("submit", async (event) => {
    event.preventDefault();
    at("pay").disabled = true;
    say("");
    const { error, paymentIntent } = await stripe.confirmPayment({ elements, confirmParams: { return_url: location.origin + location.pathname }, redirect: "if_required" });
    at("pay").disabled = false;
    if (error) say(error.message || words.failed);
    else show(paymentIntent);
  });
})();
