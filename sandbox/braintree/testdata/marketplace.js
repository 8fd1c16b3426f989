// Plays the Marketplace of Braintree's own SDK against an emulator and prints what it made of the answers, as JSON.
const braintree = require('braintree');
const [port] = process.argv.slice(2);

const environment = new braintree.Environment('127.0.0.1', port, 'http://127.0.0.1', false, '127.0.0.1', port);
const gateway = braintree.connect({
  environment, merchantId: 'integration_merchant_id', publicKey: 'integration_public_key', privateKey: 'integration_private_key',
});
const codes = (result) => result.errors.deepErrors().map((e) => e.attribute + ' ' + e.code);
const advance = (seconds) => fetch('http://127.0.0.1:' + port + '/_sandbox/clock/advance', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ seconds }) });
const applicant = (id, firstName, more) => ({
  id, tosAccepted: true, masterMerchantAccountId: 'shop_usd',
  individual: {
    firstName, lastName: 'Doe', email: 'jane@example.com', dateOfBirth: '1981-11-19',
    address: { streetAddress: '111 Main St', locality: 'Chicago', region: 'IL', postalCode: '60622' },
  },
  funding: { destination: braintree.MerchantAccount.FundingDestination.Bank, accountNumber: '1123581321', routingNumber: '071101307' }, ...more,
});

(async () => {
  const { transaction, merchantAccount } = gateway;
  const { Approve } = braintree.Test.MerchantAccountTest;
  const { ApplicantDetails, Funding } = braintree.ValidationErrorCodes.MerchantAccount;
  const out = {};

  const made = await merchantAccount.create(applicant('ladders', Approve));
  out.made = [made.success, made.merchantAccount.status, made.merchantAccount.currencyIsoCode, made.merchantAccount.masterMerchantAccount.id,
    made.merchantAccount.funding.accountNumberLast4, made.merchantAccount.individual.address.locality];
  await merchantAccount.create(applicant('refused', ApplicantDetails.DeclinedOFAC));
  const wrong = await merchantAccount.create(applicant('odd', 'Jane', { funding: { destination: 'bank', routingNumber: '071101307' } }));
  out.wrong = codes(wrong);
  out.number = wrong.errors.for('merchantAccount').for('funding').on('accountNumber')[0].code === Funding.AccountNumberIsRequired;
  await advance(3600);
  out.stand = [(await merchantAccount.find('ladders')).status, (await merchantAccount.find('refused')).status];
  const changed = await merchantAccount.update('ladders', { funding: { accountNumber: '987654321' } });
  out.changed = [changed.success, changed.merchantAccount.funding.accountNumberLast4];

  const sale = (more) => transaction.sale({ amount: '10.00', paymentMethodNonce: 'fake-valid-nonce', merchantAccountId: 'ladders', ...more });
  out.noFee = codes(await sale({}));
  const held = await sale({ serviceFeeAmount: '1.50', options: { submitForSettlement: true, holdInEscrow: true } });
  out.held = [held.success, held.transaction.escrowStatus === braintree.Transaction.EscrowStatus.HoldPending, held.transaction.serviceFeeAmount];
  const later = await sale({ serviceFeeAmount: '1.50', orderId: 'later' });
  out.later = (await transaction.holdInEscrow(later.transaction.id)).transaction.escrowStatus;
  out.early = codes(await transaction.releaseFromEscrow(held.transaction.id));
  await advance(24 * 3600);
  out.part = codes(await transaction.refund(held.transaction.id, '1.00'));
  out.released = (await transaction.releaseFromEscrow(held.transaction.id)).transaction.escrowStatus;
  out.again = codes(await transaction.releaseFromEscrow(held.transaction.id));
  out.canceled = (await transaction.cancelRelease(held.transaction.id)).transaction.escrowStatus;
  await transaction.releaseFromEscrow(held.transaction.id);
  await advance(25 * 3600);
  const end = await transaction.find(held.transaction.id);
  out.end = [end.escrowStatus, end.disbursementDetails.settlementAmount, end.disbursementDetails.success];
  out.suspended = codes(await sale({ merchantAccountId: 'refused', serviceFeeAmount: '0.00' }));

  // What was told of it, as the SDK reads it.
  const webhooks = await (await fetch('http://127.0.0.1:' + port + '/_sandbox/webhooks')).json();
  out.told = [];
  for (const sent of webhooks) {
    const form = typeof sent.body === 'string' ? JSON.parse(sent.body) : sent.body;
    const n = await gateway.webhookNotification.parse(form.bt_signature, form.bt_payload);
    const about = n.merchantAccount || n.disbursement || n.transaction;
    out.told.push([n.kind, about.status || about.amount, n.errors ? n.errors.for('merchantAccount').on('base')[0].code + ' ' + n.message : '']);
  }
  console.log(JSON.stringify(out));
})().catch((failed) => { console.error(failed); process.exit(1); });
