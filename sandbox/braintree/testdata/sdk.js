// Plays Braintree's own SDK against an emulator and prints what it made of the answers, as JSON.
const braintree = require('braintree');
const [port, nonce] = process.argv.slice(2);

const environment = new braintree.Environment('127.0.0.1', port, 'http://127.0.0.1', false, '127.0.0.1', port);
const connect = (privateKey) => new braintree.BraintreeGateway({
  environment, merchantId: 'integration_merchant_id', publicKey: 'integration_public_key', privateKey,
});
const gateway = connect('integration_private_key');
const codes = (result) => result.errors.deepErrors().map((e) => e.attribute + ' ' + e.code);
const refused = async (what) => { try { await what; return 'nothing'; } catch (e) { return e.type; } };
const found = (look) => new Promise((done, fail) => {
  const all = [];
  const stream = gateway.transaction.search(look);
  stream.on('data', (t) => all.push(t.id));
  stream.on('end', () => done(all));
  stream.on('error', fail);
});

(async () => {
  const { transaction } = gateway;
  const sale = (amount, more) => transaction.sale({ amount, paymentMethodNonce: 'fake-valid-nonce', ...more });
  const out = {};
  out.token = JSON.parse(Buffer.from((await gateway.clientToken.generate({})).clientToken, 'base64')).merchantId;

  const held = await sale('10.00', { orderId: 'order 1', paymentMethodNonce: nonce });
  out.held = [held.success, held.transaction.status, held.transaction.creditCard.cardType, held.transaction.currencyIsoCode];
  out.again = codes(await sale('10.00', { orderId: 'order 2', paymentMethodNonce: nonce }));
  const taken = await transaction.submitForSettlement(held.transaction.id, '8.00');
  out.taken = [taken.success, taken.transaction.status, taken.transaction.amount, taken.transaction.statusHistory.length];
  out.tooEarly = codes(await transaction.refund(held.transaction.id, '1.00'));
  await gateway.testing.settle(held.transaction.id);
  const back = await transaction.refund(held.transaction.id, { amount: '3.00', orderId: 'back 1' });
  out.back = [back.success, back.transaction.type, back.transaction.refundedTransactionId === held.transaction.id, back.transaction.amount];
  out.tooMuch = codes(await transaction.refund(held.transaction.id, '5.01'));
  out.read = (await transaction.find(held.transaction.id)).refundIds.length;

  const dropped = await sale('11.00', { orderId: 'order 3', options: { submitForSettlement: true } });
  out.dropped = [dropped.transaction.status, (await transaction.void(dropped.transaction.id)).transaction.status];
  out.voidTwice = codes(await transaction.void(dropped.transaction.id));

  const no = await sale('2000.00', { orderId: 'order 4' });
  out.declined = [no.success, no.message, no.transaction.status, no.transaction.processorResponseCode];
  const fraud = await sale('12.00', { paymentMethodNonce: 'fake-gateway-rejected-fraud-nonce' });
  out.fraud = [fraud.success, fraud.message, fraud.transaction.gatewayRejectionReason];
  out.account = codes(await sale('13.00', { merchantAccountId: 'nobody' }));
  out.secure = (await sale('14.00', { options: { threeDSecure: { required: true } } })).transaction.gatewayRejectionReason;
  out.secured = (await sale('15.00', { paymentMethodNonce: 'fake-three-d-secure-visa-full-authentication-nonce', options: { threeDSecure: { required: true } } }))
    .transaction.threeDSecureInfo.liabilityShifted;

  const asked = await gateway.graphQLClient.query('query($id: ID!) { node(id: $id) { ... on Transaction { status amount { value } } } }', { id: held.transaction.graphqlId });
  out.graphql = asked.data.node;

  out.byOrder = (await found((s) => s.orderId().is('order 1')))[0] === held.transaction.id;
  out.byStatus = (await found((s) => s.status().in(['voided', 'processor_declined']))).length;
  out.byPart = (await found((s) => { s.orderId().startsWith('order'); s.type().is('sale'); })).length;
  out.nothing = (await found((s) => s.orderId().is('nobody'))).length;
  out.missing = await refused(transaction.find('nobody'));
  out.stranger = await refused(connect('guessed').transaction.find(held.transaction.id));
  out.challenge = gateway.webhookNotification.verify('20f9f8ed05f77439fe955c977e4c8a53');
  console.log(JSON.stringify(out));

  // What was sent comes in as lines: signed, and of what kind, as the SDK sees it?
  for await (const line of require('readline').createInterface({ input: process.stdin })) {
    const form = new URLSearchParams(line);
    const parse = async (by, payload) => { try { return await by.webhookNotification.parse(form.get('bt_signature'), payload); } catch (e) { return { kind: e.type }; } };
    const sent = await parse(gateway, form.get('bt_payload'));
    const about = sent.dispute || sent.transaction || {};
    console.log(JSON.stringify([sent.kind, about.status || '', about.amount || '', (await parse(connect('guessed'), form.get('bt_payload'))).kind,
      (await parse(gateway, 'AAAA' + form.get('bt_payload'))).kind]));
  }
})().catch((failed) => { console.error(failed); process.exit(1); });
