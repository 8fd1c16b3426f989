// Plays Paytrail's own SDK against an emulator and prints what it answered, as JSON. Only the
// origin that the SDK has built in is replaced, on its way through axios.
const axios = require('axios');
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
  console.log(JSON.stringify(out));

  // What was called back comes in as lines: is it signed, as the SDK sees it?
  for await (const line of require('readline').createInterface({ input: process.stdin })) {
    const { signature, ...params } = Object.fromEntries(new URLSearchParams(line));
    const changed = { ...params, 'checkout-status': 'fail' };
    console.log(JSON.stringify([shop, thief].map((c) => c.validateHmac(params, '', signature, c.secretKey, 'sha256'))
      .concat(shop.validateHmac(changed, '', signature, shop.secretKey, 'sha256'))));
  }
})().catch((failed) => { console.error(failed); process.exit(1); });
