package client

import "slices"

// Operation is one call of the API and the method that makes it.
type Operation struct {
	// Method and Path are those of the API's reference: "GET", "/transactions/{transaction_id}".
	Method string
	Path   string
	// GoName is the field and the method of [Client]: "Online.Get".
	GoName string
}

// Operations lists every call that this package can make.
func Operations() []Operation { return slices.Clone(operations) }
