package gateway

import (
	"net/http"
	"net/url"
)

// Message is what a gateway reports, as its Source has read it.
type Message struct {
	DedupeKey string // equal for repeats of one message; unique per gateway
	PaymentID string // the gateway's id of the payment that it is about; empty: of none that concerns us
	Code      string // the gateway's name for what happened
}

// Source verifies and reads the messages of one gateway. Implementations are safe
// for concurrent use.
type Source interface {
	Name() string // of the gateway
	// Admit refuses what its header alone shows not to come from the gateway, with an
	// Unauthenticated fault: the body of that is not even read.
	Admit(header http.Header) error
	// Read verifies a message on its raw bytes, before it parses them. It answers
	// Unauthenticated or Invalid faults.
	Read(header http.Header, body []byte) (Message, error)
}

// Challenged is a Source whose gateway sends messages only to an address that has answered it.
type Challenged interface {
	// Challenge is the answer to the query with which the gateway asks. It gives Invalid faults.
	Challenge(query url.Values) (string, error)
}
