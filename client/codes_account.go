package client

// Codes about a user's identity and bank account.
const (
	// CodeUserIsCompany: identities of companies are not checked.
	CodeUserIsCompany ErrorCode = "user_is_company"
	// CodeStripeIdentityNotAvailable: identities cannot be checked for this user.
	CodeStripeIdentityNotAvailable ErrorCode = "stripe_identity_not_available"
	// CodeUnconfirmedSetupIntent: the connection to the bank is not finished.
	CodeUnconfirmedSetupIntent ErrorCode = "unconfirmed_setup_intent"
	// CodeRoutingNumberInvalid: the routing number is wrong.
	CodeRoutingNumberInvalid ErrorCode = "routing_number_invalid"
	// CodeAccountNumberInvalid: the account number is wrong.
	CodeAccountNumberInvalid ErrorCode = "account_number_invalid"
	// CodeParameterMissing: a value is missing.
	CodeParameterMissing ErrorCode = "parameter_missing"
	// CodeInvalidAccountType: the type of account does not exist.
	CodeInvalidAccountType ErrorCode = "invalid_account_type"
	// CodeBankAccountUnusable: the account cannot be used.
	CodeBankAccountUnusable ErrorCode = "bank_account_unusable"
	// CodeBankDetailsMissing: no bank details given.
	CodeBankDetailsMissing ErrorCode = "bank_details_missing"
	// CodeBankTokenMissing: no bank token given.
	CodeBankTokenMissing ErrorCode = "bank_token_missing"
	// CodeCardDetailsMissing: no card details given.
	CodeCardDetailsMissing ErrorCode = "card_details_missing"
)
