package client

// Codes about addresses and facilities.
const (
	// CodeEmptyJoinCode: no join code given.
	CodeEmptyJoinCode ErrorCode = "empty_join_code"
	// CodeEmptyName: no name given.
	CodeEmptyName ErrorCode = "empty_name"
	// CodeEmptyFullName: no name given.
	CodeEmptyFullName ErrorCode = "empty_full_name"
	// CodeEmptyPhone: no telephone number given.
	CodeEmptyPhone ErrorCode = "empty_phone"
	// CodeEmptyEmail: no e-mail address given.
	CodeEmptyEmail ErrorCode = "empty_email"
	// CodeEmptyStreet: no street given.
	CodeEmptyStreet ErrorCode = "empty_street"
	// CodeEmptyHouseNumber: no house number given.
	CodeEmptyHouseNumber ErrorCode = "empty_house_number"
	// CodeEmptyPostalCode: no postal code given.
	CodeEmptyPostalCode ErrorCode = "empty_postal_code"
	// CodeEmptyCity: no city given.
	CodeEmptyCity ErrorCode = "empty_city"
	// CodeEmptyCountry: no country given.
	CodeEmptyCountry ErrorCode = "empty_country"
	// CodeEmptyDeliveryCenterCode: no facility for the delivery given.
	CodeEmptyDeliveryCenterCode ErrorCode = "empty_delivery_center_code"
	// CodeEmptyPickUpCenterCode: no facility for the pick-up given.
	CodeEmptyPickUpCenterCode ErrorCode = "empty_pick_up_center_code"
	// CodeEmptyDeliveryType: no delivery type given.
	CodeEmptyDeliveryType ErrorCode = "empty_delivery_type"
	// CodeUnsupportedCarrier: the carrier does not do this.
	CodeUnsupportedCarrier ErrorCode = "unsupported_carrier"
	// CodeUnsupportedDeliveryType: the carrier does not have this delivery type.
	CodeUnsupportedDeliveryType ErrorCode = "unsupported_delivery_type"
	// CodeInvalidCarrier: the carrier does not exist.
	CodeInvalidCarrier ErrorCode = "invalid_carrier"
	// CodeInvalidDeliveryType: the delivery type does not exist.
	CodeInvalidDeliveryType ErrorCode = "invalid_delivery_type"
)

// Codes about parcels, customs and labels.
const (
	// CodeMissingShipmentDetails: addresses or parcel are incomplete.
	CodeMissingShipmentDetails ErrorCode = "missing_shipment_details"
	// CodePickUpDetailsMissing: no pick-up point was set.
	CodePickUpDetailsMissing ErrorCode = "pick_up_details_missing"
	// CodeDropOffDetailsMissing: no delivery point was set.
	CodeDropOffDetailsMissing ErrorCode = "drop_off_details_missing"
	// CodeCustomsDeclarationRequired: the parcel crosses a border.
	CodeCustomsDeclarationRequired ErrorCode = "customs_declaration_required"
	// CodeCustomsDeclarationAlreadySubmitted: the declaration was sent before.
	CodeCustomsDeclarationAlreadySubmitted ErrorCode = "customs_declaration_already_submitted"
	// CodeNothingToDeclare: the parcel crosses no border.
	CodeNothingToDeclare ErrorCode = "nothing_to_declare"
	// CodeWrongShipmentDateFormat: the shipment date is not in the wanted form.
	CodeWrongShipmentDateFormat ErrorCode = "wrong_shipment_date_format"
	// CodeTransactionNotTracked: the parcel is not on its way.
	CodeTransactionNotTracked ErrorCode = "transaction_not_tracked"
	// CodeAlreadyDelivered: the parcel has arrived; an example shows it in the place of delivery_already_set.
	CodeAlreadyDelivered ErrorCode = "already_delivered"
)
