package client

import "errors"

// QuoteAndCreate asks for a quote and gives it to create. When the API refuses
// the quote as out of date ([CodeIncorrectCalcVersion]), it asks once more and
// tries again with the new one. It never creates twice: a refusal is certain to
// have changed nothing, and any other failure, above all one with
// [OutcomeUnknown], is returned as it is.
//
// The second quote can be dearer than the first. Use it where nobody has agreed
// to a price yet; otherwise show the new quote first.
func QuoteAndCreate[Q, T any](quote func() (Q, error), create func(Q) (T, error)) (T, error) {
	created, err := quoteOnce(quote, create)
	if errors.Is(err, CodeIncorrectCalcVersion) && OutcomeOf(err) == OutcomeKnown {
		return quoteOnce(quote, create)
	}
	return created, err
}

func quoteOnce[Q, T any](quote func() (Q, error), create func(Q) (T, error)) (T, error) {
	q, err := quote()
	if err != nil {
		var none T
		return none, err
	}
	return create(q)
}
