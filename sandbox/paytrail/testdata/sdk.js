// Plays Paytrail's own SDK against an emulator and prints what it answered, as JSON. Only the
// origin that the SDK has built in is replaced, on its way through axios.
const axios = require('axios');
const crypto = require('crypto');
const { PaytrailClient, CallbackUrl, Customer, Item } = require('@paytrail/paytrail-js-sdk');
const [origin, callback] = process.argv.slice(2);

axios.default.interceptors.request.use((config) => {
  config.url = config.url.replace('https://services.paytrail.com', origin);
  return config;
});

const urls = Object.assign(new CallbackUrl(), { success: callback + '/ok', cancel: callback + '/no' });
const payment = (stamp) => ({
  stamp, reference: 'r-' + stamp, amount: 1590, currency: 'EUR', language: 'EN',
  items: [Object.assign(new Item(), { unitPrice: 1590, units: 1, vatPercentage: 25.5, productCode: 'p', stamp: 'i-' + stamp })],
  customer: Object.assign(new Customer(), { email: 'bea@example.com' }), redirectUrls: urls, callbackUrls: urls,
});
const later = () => new Promise((done) => setTimeout(done, 2)); // the SDK makes its nonce of the time

(async () => {
  const shop = new PaytrailClient({ merchantId: 375917, secretKey: 'SAIPPUAKAUPPIAS', platformName: 'test' });
  const thief = new PaytrailClient({ merchantId: 375917, secretKey: 'guessed', platformName: 'test' });
  const out = {};
  out.refused = await thief.createPayment(payment('a'));
  out.opened = await shop.createPayment(payment('b'));
  if (!out.opened.data) throw new Error(JSON.stringify(out));
  const transactionId = out.opened.data.transactionId;
  await later();
  out.before = await shop.getPaymentStatus({ transactionId });
  await axios.default.post(origin + '/pay/' + transactionId, { card: 'success' });
  await later();
  out.after = await shop.getPaymentStatus({ transactionId });
  await later();
  out.refund = await shop.createRefund({ transactionId }, { amount: 590, refundStamp: 'c', refundReference: 'd', callbackUrls: urls });
  await later();
  out.tooMuch = await shop.createRefund({ transactionId }, { amount: 1590, refundStamp: 'e', refundReference: 'f', callbackUrls: urls });

  // A card is saved on the page to which the form leads, then holds and charges are made with its token.
  const card = async (name) => {
    await later();
    const form = {
      checkoutAccount: 375917, checkoutAlgorithm: 'sha256', checkoutMethod: 'POST', checkoutNonce: crypto.randomUUID(), checkoutTimestamp: new Date().toISOString(),
      checkoutRedirectSuccessUrl: callback + '/saved', checkoutRedirectCancelUrl: callback + '/no', language: 'EN',
    };
    const lines = Object.entries(form).map(([k, v]) => [k.replace(/[A-Z]/g, (c) => '-' + c.toLowerCase()), v]).filter(([k]) => k.startsWith('checkout-')).sort();
    form.signature = crypto.createHmac('sha256', 'SAIPPUAKAUPPIAS').update(lines.map(([k, v]) => k + ':' + v + '\n').join('')).digest('hex');
    const page = await shop.createAddCardFormRequest(form);
    const back = await axios.default.post(page.data.redirectUrl, { card: name });
    await later();
    const token = await shop.createGetTokenRequest({ checkoutTokenizationId: new URL(back.data.redirect_url).searchParams.get('checkout-tokenization-id') });
    out.card = { status: token.status, data: {} };
    return token.data.token;
  };
  const plain = await card('success'), asked = await card('three_d_secure'), empty = await card('insufficient');
  const held = async (of, stamp, token) => { await later(); return shop[of]({ ...payment(stamp), token }); };
  out.hold = await held('createCitPaymentAuthorizationHold', 'h1', plain);
  const hold = { transactionId: out.hold.data.transactionId };
  await later();
  out.committed = await shop.createCitPaymentCommit(hold, { ...payment('h2'), token: plain });
  await later();
  out.committedTwice = await shop.createMitPaymentCommit(hold, { ...payment('h3'), token: plain });
  await later();
  out.taken = await shop.getPaymentStatus(hold);
  const other = await held('createMitPaymentAuthorizationHold', 'h4', plain);
  await later();
  out.reverted = await shop.revertPaymentAuthorizationHold({ transactionId: other.data.transactionId });
  out.charged = await held('createMitPaymentCharge', 'h5', asked);
  out.asked = await held('createCitPaymentAuthorizationHold', 'h6', asked);
  out.noMoney = await held('createCitPaymentCharge', 'h7', empty);
  console.log(JSON.stringify(out));

  // What was called back comes in as lines: is it signed, as the SDK sees it?
  for await (const line of require('readline').createInterface({ input: process.stdin })) {
    const { signature, ...params } = Object.fromEntries(new URLSearchParams(line));
    const changed = { ...params, 'checkout-amount': '1' };
    console.log(JSON.stringify([shop, thief].map((c) => c.validateHmac(params, '', signature, c.secretKey, 'sha256'))
      .concat(shop.validateHmac(changed, '', signature, shop.secretKey, 'sha256'))));
  }
})().catch((failed) => { console.error(failed); process.exit(1); });
