// Plays PayPal's own SDK against an emulator and prints what it answered, as JSON. Only the origin
// that the SDK has built in is replaced, on its way through axios.
const axios = require('axios');
const [origin] = process.argv.slice(2);

const create = axios.default.create;
axios.default.create = (...settings) => {
  const client = create(...settings);
  client.interceptors.request.use((config) => {
    config.url = config.url.replace('https://api-m.sandbox.paypal.com', origin);
    return config;
  });
  return client;
};
const { ApiError, Client, CustomError, Environment, OrdersController, PaymentsController, CheckoutPaymentIntent } = require('@paypal/paypal-server-sdk');

const shop = (secret) => new Client({
  clientCredentialsAuthCredentials: { oAuthClientId: 'shop', oAuthClientSecret: secret }, environment: Environment.Sandbox,
});
const orders = new OrdersController(shop('shop-secret'));
const payments = new PaymentsController(shop('shop-secret'));
const thief = new OrdersController(shop('guessed'));
const prefer = 'return=representation';

const order = (custom, value) => ({
  paypalRequestId: 'order-' + custom, prefer,
  body: {
    intent: CheckoutPaymentIntent.Authorize,
    purchaseUnits: [{ referenceId: 'r-' + custom, customId: custom, invoiceId: 'i-' + custom, amount: { currencyCode: 'EUR', value } }],
    paymentSource: { paypal: { experienceContext: { returnUrl: 'https://shop.example.com/ok', cancelUrl: 'https://shop.example.com/no' } } },
  },
});

// approved makes an order that its buyer has approved.
const approved = async (custom, value) => {
  const { result } = await orders.createOrder(order(custom, value));
  const page = result.links.find((l) => l.rel === 'payer-action').href;
  await axios.default.post(page, { card: 'success' });
  return result;
};

const authorized = async (custom, value) => {
  const { id } = await approved(custom, value);
  const { result } = await orders.authorizeOrder({ id, paypalRequestId: 'authorize-' + custom, prefer });
  return { id, authorization: result.purchaseUnits[0].payments.authorizations[0] };
};

const refusal = async (call) => {
  try {
    await call();
  } catch (e) {
    if (!(e instanceof ApiError)) return { other: e.constructor.name, text: String(e).slice(0, 200) };
    return { custom: e instanceof CustomError, status: e.statusCode, name: e.result && e.result.name, issue: e.result && e.result.details && e.result.details[0].issue };
  }
  return 'not refused';
};

(async () => {
  const out = {};
  out.thief = await refusal(() => thief.createOrder(order('t', '1.00')));
  out.early = await refusal(async () => {
    const { result } = await orders.createOrder(order('e', '9.00'));
    await orders.authorizeOrder({ id: result.id });
  });
  const taken = await authorized('a', '15.90');
  out.repeated = (await orders.createOrder(order('a', '15.90'))).result.id === taken.id;
  out.authorized = taken.authorization.status;
  const capture = (await payments.captureAuthorizedPayment({ authorizationId: taken.authorization.id, prefer, body: { finalCapture: true } })).result;
  out.captured = capture.status + ' ' + capture.amount.value + ' ' + capture.sellerReceivableBreakdown.paypalFee.value;
  out.refunded = (await payments.refundCapturedPayment({ captureId: capture.id, prefer, body: { amount: { currencyCode: 'EUR', value: '5.90' } } })).result.status;
  out.left = (await payments.getCapturedPayment({ captureId: capture.id })).result.status;
  out.tooMuch = await refusal(() => payments.refundCapturedPayment({ captureId: capture.id, body: { amount: { currencyCode: 'EUR', value: '10.01' } } }));
  const dropped = await authorized('v', '20.00');
  out.voidStatus = (await payments.voidPayment({ authorizationId: dropped.authorization.id })).statusCode;
  out.twice = await refusal(() => payments.voidPayment({ authorizationId: dropped.authorization.id }));
  out.voided = (await payments.getAuthorizedPayment({ authorizationId: dropped.authorization.id })).result.status;
  out.mocked = await refusal(() => orders.createOrder({ ...order('m', '1.00'), paypalMockResponse: '{"mock_application_codes":"INTERNAL_SERVER_ERROR"}' }));
  console.log(JSON.stringify(out));
})().catch((failed) => { console.error(failed); process.exit(1); });
