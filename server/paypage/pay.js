(async () => {
  "use strict";
  const at = (id) => document.getElementById(id);
  const { key, payment, back } = document.body.dataset;
  const say = (text, done) => {
    at("notice").textContent = text;
    at("notice").hidden = !text;
    if (done) at("form").hidden = true;
    at("back").hidden = !(done && back);
  };
  const none = ["bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf", "xof", "xpf"];
  const three = ["bhd", "jod", "kwd", "omr", "tnd"];
  const exact = (units, currency) => {
    const digits = none.includes(currency) ? 0 : three.includes(currency) ? 3 : 2;
    const text = String(units).padStart(digits + 1, "0");
    const point = text.length - digits;
    return (digits ? text.slice(0, point) + "." + text.slice(point) : text) + " " + currency.toUpperCase();
  };
  const notices = {
    succeeded: "Paid. You can close this page.", requires_capture: "Paid. You can close this page.",
    processing: "The payment is in progress. You can close this page.", canceled: "This payment was canceled.",
  };
  const query = new URLSearchParams(location.search);
  let given = "";
  try { given = decodeURIComponent(location.hash.slice(1)); } catch { /* a damaged link is told below */ }
  const secret = given || query.get("payment_intent_client_secret") || "";
  if (!secret.startsWith(payment + "_secret_")) return say("This link is incomplete. Open the payment from the shop again.", true);
  // Stripe returns with the secret in the query; behind the # it is not sent again.
  history.replaceState(null, "", location.pathname + "#" + encodeURIComponent(secret));
  if (!window.Stripe) return say("The payment form cannot be loaded. Check your connection and reload this page.", true);
  const stripe = window.Stripe(key);
  const show = (intent) => {
    at("title").textContent = intent.description || "Payment";
    at("total").textContent = exact(intent.amount, intent.currency);
    at("pay").textContent = "Pay " + at("total").textContent;
    say(notices[intent.status] || "", intent.status in notices);
  };
  const settle = ({ error, paymentIntent }) => {
    at("pay").disabled = false;
    if (error) say(error.message || "The payment failed. Try again.");
    else show(paymentIntent);
  };
  const first = await stripe.retrievePaymentIntent(secret);
  if (first.error) return say(first.error.message || "This payment cannot be shown. Open it from the shop again.", true);
  show(first.paymentIntent);
  if (first.paymentIntent.status in notices) return;
  if (query.get("redirect_status") === "failed") say("The payment failed. Try again, perhaps in another way.");
  const elements = stripe.elements({ clientSecret: secret });
  elements.create("payment").mount("#element");
  at("form").hidden = false;
  at("form").addEventListener("submit", async (event) => {
    event.preventDefault();
    at("pay").disabled = true;
    say("");
    settle(await stripe.confirmPayment({ elements, confirmParams: { return_url: location.origin + location.pathname }, redirect: "if_required" }));
  });
})();
