package sandbox

import "github.com/handsel-dev/handsel/sandbox/internal/stage"

// Error is a refusal as Trustap words it on the wire: branch on Code, never on Message. The methods of [Sandbox] return it
// too; get it with errors.As.
type Error = stage.Refusal

type refusal struct {
	status int
	text   string
}

// refuse makes the error of a code from the table below, or from that of the controls.
func refuse(code string) *Error {
	if r, ok := refusals[code]; ok {
		return &Error{Status: r.status, Code: code, Message: r.text}
	}
	return stage.Refuse(code)
}

func errorReply(err error) reply { return refusalReply(stage.RefusalOf(err)) }

// refusals gives every code its status and a text of our own. Wrong state is 400 in this API, never 409. The code of an
// account that is not finished is our choice: only its status is documented.
var refusals = map[string]refusal{
	"account_not_finished":      {409, "the user has not accepted the terms or has not named a country"},
	"forbidden":                 {403, "no user who may do this is acting"},
	"subject_is_not_guest_user": {403, "this call is for guest users only"},
	"not_buyer":                 {403, "the acting user is not the buyer"},
	"not_seller":                {403, "the acting user is not the seller"},
	"rate_limited":              {429, "too many requests"},

	"currency_missing":        {400, "`currency` is required"},
	"unsupported_currency":    {400, "this currency is not offered"},
	"invalid_price":           {400, "`price` is not a usable integer"},
	"negative_price":          {400, "`price` is below zero"},
	"price_too_low":           {400, "`price` is below the minimum"},
	"invalid_charge_config":   {400, "this charge config does not exist"},
	"unsupported_combination": {400, "charge config, payment method and currency do not go together"},
	"invalid_calc_version":    {400, "`charge_calculator_version` is not a usable version"},
	"incorrect_calc_version":  {400, "the charge calculator has another version: ask for the charge again"},
	"incorrect_charge":        {400, "`charge` is not the charge of this price"},
	"incorrect_charge_seller": {400, "`charge_seller` is not the seller's charge of this price"},

	"invalid_role":             {400, "the role is neither buyer nor seller"},
	"feature_not_found":        {400, "this feature does not exist"},
	"missing_required_feature": {400, "the transaction was created without the feature that this call needs"},
	"invalid_image_url":        {400, "`image_url` is not an absolute web address"},
	"image_url_too_long":       {400, "`image_url` is too long"},
	"invalid_join_user_id":     {400, "`join_user_id` names no user"},
	"duplicate_user_id":        {400, "buyer and seller are the same user"},
	"user_not_owned_by_client": {400, "this user did not allow the client to act for them"},
	"guest_user_not_found":     {400, "there is no such user"},
	"no_guest_user":            {400, "neither party is a guest user"},
	"incompatible_countries":   {400, "the countries of buyer and seller do not go together"},

	"email_missing":               {400, "`email` is required"},
	"invalid_email":               {400, "`email` is not an e-mail address"},
	"first_name_missing":          {400, "`first_name` is required"},
	"last_name_missing":           {400, "`last_name` is required"},
	"tos_acceptance_ip_missing":   {400, "`tos_acceptance.ip` is required"},
	"invalid_tos_acceptance_date": {400, "`tos_acceptance.unix_timestamp` is not a past time in seconds"},
	"invalid_country_code":        {400, "`country_code` is not a country code of two capital letters"},

	"join_code_missing":             {400, "the query parameter `join_code` is required"},
	"cannot_join_own_transaction":   {400, "you made this transaction yourself"},
	"cannot_reject_own_transaction": {400, "you made this transaction yourself"},
	"second_party_not_joined":       {400, "the other party has not joined yet"},
	"already_cancelled":             {400, "the transaction was cancelled or rejected"},

	"ids_missing":       {400, "the query parameter `ids` is required"},
	"too_many_ids":      {400, "at most 50 ids can be asked for at once"},
	"invalid_after_id":  {400, "`after_id` is not an integer of at least 0"},
	"invalid_before_id": {400, "`before_id` is not an integer of at least 0"},
	"invalid_limit":     {400, "`limit` is not an integer from 1 to 50"},

	"already_paid":             {400, "the transaction is paid"},
	"card_declined":            {400, "the card was declined"},
	"expired_card":             {400, "the card has expired"},
	"incorrect_cvc":            {400, "the card's security code is wrong"},
	"insufficient_funds":       {400, "the card has not enough funds"},
	"transaction_not_paid_yet": {400, "the transaction is not paid yet"},
	"payment_already_accepted": {400, "the payment was accepted before"},

	"empty_carrier":                          {400, "`carrier` is required"},
	"empty_tracking_code":                    {400, "`tracking_code` is required"},
	"payment_details_not_added":              {400, "the transaction is not paid yet"},
	"tracking_already_added":                 {400, "tracking details were added before"},
	"tracking_details_deadline_expired":      {400, "the time for adding tracking details is over"},
	"tracking_submission_window_not_started": {400, "no time for adding tracking details is running"},
	"tracking_not_added":                     {400, "tracking details are missing"},
	"delivery_already_set":                   {400, "the delivery was confirmed before"},

	"unconfirmed_delivery":               {400, "the complaint period has not started"},
	"empty_complaint_description":        {400, "`description` is required"},
	"already_complained":                 {400, "a complaint was made before"},
	"complaint_period_ended_prematurely": {400, "the buyer has ended the complaint period"},
	"complaint_period_expired":           {400, "the complaint period is over"},
	"not_paid":                           {400, "the transaction is not paid"},
	"not_complained":                     {400, "there is no complaint"},
	"funds_already_released":             {400, "the funds were released before"},

	"already_claimed":              {400, "this side is not a guest's"},
	"cannot_claim_own_transaction": {400, "you are the other party"},
	"missing_secret":               {400, "the claim secret is missing"},
	"invalid_user_platform":        {400, "this user cannot take over from the guest: their countries do not go together"},
	"seller_country_code_not_set":  {400, "the guest seller was created without a country"},
	"incompatible_platforms":       {400, "the countries of buyer and seller do not go together"},
	"incompatible_users":           {400, "the countries of buyer and seller do not go together"},
	"excessive_limit":              {400, "`limit` is above 50"},
	"second_party_already_joined":  {400, "both parties are there"},
	"fee_multiplier_too_low":       {400, "the fee multiplier is below 1"},
	"values_not_changed":           {400, "nothing would change"},
	"incorrect_price":              {400, "`price` is not that of the transaction"},
	"incorrect_currency":           {400, "`currency` is not that of the transaction"},
	"invalid_payment_method":       {400, "this payment method does not exist"},
	"payment_method_already_set":   {400, "the payment method is the one that is set"},

	"payment_method_not_bank_transfer": {400, "the transaction is not paid by bank transfer"},
	"missing_shippo_shipping_rate_id":  {400, "no shipping rate was chosen"},

	"deposit_not_paid":                  {400, "the deposit is not paid"},
	"deposit_not_accepted":              {400, "the deposit is not accepted"},
	"deposit_already_paid":              {400, "the deposit is paid"},
	"deposit_already_accepted":          {400, "the deposit was accepted before"},
	"deposit_already_refunded":          {400, "the deposit went back to the buyer"},
	"deposit_payment_in_review":         {400, "the payment of the deposit is under review"},
	"remainder_payment_in_review":       {400, "the payment of the remainder is under review"},
	"currency_mismatch":                 {400, "`currency` is not that of the transaction"},
	"remainder_too_low":                 {400, "the total price is not above the deposit"},
	"remainder_already_skipped":         {400, "the remainder is skipped"},
	"remainder_already_paid":            {400, "the remainder is settled"},
	"remainder_required":                {400, "the remainder is neither paid nor skipped"},
	"price_already_set":                 {400, "the total price is set"},
	"missing_pricing":                   {400, "the total price is not set"},
	"no_client_secret":                  {400, "there is no open payment"},
	"handover_already_confirmed":        {400, "the handover was confirmed"},
	"handover_not_confirmed":            {400, "the seller has not confirmed the handover"},
	"seller_handover_already_confirmed": {400, "the seller confirmed the handover before"},
	"buyer_handover_already_confirmed":  {400, "the buyer confirmed the handover before"},
	"missing_description":               {400, "`description` is required"},
	"empty_description":                 {400, "`description` is empty"},

	"not_creator":         {403, "the acting user did not create the listing"},
	"not_accepted":        {400, "the listing's creator has not accepted the transaction"},
	"no_listing":          {400, "the transaction was not made from a listing"},
	"already_accepted":    {400, "the listing's creator accepted the transaction before"},
	"already_rejected":    {400, "the listing's creator rejected the transaction before"},
	"listing_is_disabled": {400, "the listing is disabled"},
	"is_listing_creator":  {400, "you made this listing yourself"},
	"no_listing_currency": {400, "the listing has no currency"},
	"no_listing_price":    {400, "the listing has no price"},
	"no_listing_descr":    {400, "the listing has no description"},
	"empty_body":          {400, "nothing would change"},
	"partial_pricing":     {400, "currency, price and charge go together"},

	"too_many_metadata_fields": {400, "at most 100 pairs can be stored"},
	"field_name_too_long":      {400, "a name has more than 40 characters"},
	"value_too_long":           {400, "a value has more than 100 characters"},
	"empty_json":               {400, "the body holds no pair"},
	"json_type_not_allowed":    {400, "metadata is an object of texts"},

	"invalid_page":             {400, "`page` is not a usable integer"},
	"page_value_too_low":       {400, "`page` is below 1"},
	"invalid_page_size":        {400, "`page_size` is not an integer"},
	"page_size_value_too_low":  {400, "`page_size` is below 1"},
	"excessive_page_size":      {400, "`page_size` is above 100"},
	"sort_by_incorrect_format": {400, "the list cannot be sorted like this"},

	"user_is_company":               {409, "companies are verified in another way"},
	"stripe_identity_not_available": {400, "papers of the user's country cannot be read"},
	"unconfirmed_setup_intent":      {409, "the bank link was not prepared, or was prepared anew"},
	"no_review":                     {400, "no review is open"},

	"invalid_card":    {400, "`card` is neither success, processing, review nor a known decline code"},
	"invalid_outcome": {400, "`outcome` is neither refund nor release"},
	"invalid_config":  {400, "these settings make no sense, and nothing was changed"},
	"invalid_user":    {400, "the user's id is unusable or taken, the country code is not two letters, such as IE, or the payout is not due, verifying, complete or failed"},
}
