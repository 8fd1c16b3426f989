// A stand-in for Stripe.js that needs no network: the calls that a page to pay on makes,
// with test cards to choose from where the real one shows its form.
(() => {
  "use strict";
  const origin = new URL(document.currentScript.src).origin;
  const intentOf = (secret) => String(secret).split("_secret_")[0];
  const failed = (message) => ({ error: { type: "api_error", message } });
  const ask = async (key, path, body) => {
    const query = body ? "" : "?" + new URLSearchParams({ key, client_secret: path.secret });
    const init = body ? { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ key, client_secret: path.secret, ...body }) } : {};
    try {
      const answer = await fetch(origin + "/v3/payment_intents/" + encodeURIComponent(intentOf(path.secret)) + (path.call || "") + query, init);
      const found = await answer.json();
      return found.error ? { error: found.error } : { paymentIntent: found };
    } catch {
      return failed("The emulator of Stripe does not answer.");
    }
  };
  const choices = ["success", "authentication_required", "processing", "card_declined", "insufficient_funds", "expired_card"];
  const goTo = (url) => { location.assign(url); return new Promise(() => {}); };
  window.Stripe = (key) => {
    if (!String(key).startsWith("pk_")) throw new Error("a publishable key begins with pk_");
    return {
      elements: ({ clientSecret }) => {
        const select = document.createElement("select");
        select.name = "card";
        for (const name of choices) select.add(new Option(name));
        return {
          secret: clientSecret,
          card: () => select.value,
          create: () => ({
            mount: (place) => {
              const label = document.createElement("label");
              label.append("Test card ", select);
              (typeof place === "string" ? document.querySelector(place) : place).replaceChildren(label);
            },
          }),
        };
      },
      retrievePaymentIntent: (secret) => ask(key, { secret }),
      confirmPayment: async ({ elements, confirmParams }) => {
        const back = (confirmParams && confirmParams.return_url) || location.href;
        const result = await ask(key, { secret: elements.secret, call: "/confirm" }, { card: elements.card(), return_url: back });
        const next = result.paymentIntent && result.paymentIntent.next_action;
        return next ? goTo(next.redirect_to_url.url) : result;
      },
      handleNextAction: async ({ clientSecret }) => {
        const result = await ask(key, { secret: clientSecret });
        const next = result.paymentIntent && result.paymentIntent.next_action;
        return next ? goTo(next.redirect_to_url.url) : result;
      },
    };
  };
})();
