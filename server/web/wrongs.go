package web

import (
	"bytes"
	"errors"
	"reflect"

	"github.com/gin-gonic/gin"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/handsel-dev/handsel/fault"
)

// A refused body is read again for each wrong member, without those that were found, so that a caller sees all of them at
// once. That costs what a body costs, so it is bounded; our choice.
const (
	mostWrong     = 20
	mostReadAgain = 64 << 10 // bytes of a body
)

// read decodes a body and refuses it with everything that its type refuses: unknown names, wrong types and what is missing.
// The first one is what the refusal is about.
func read(body []byte, into any) error {
	err := json.Unmarshal(body, into, json.RejectUnknownMembers(true))
	if err == nil {
		return missingIn(into, nil, nil)
	}
	first := ExplainJSON(err)
	var wrong []fault.FieldError
	for err != nil {
		at, ok := wrongAt(err)
		if !ok {
			return refusedWith(first, wrong)
		}
		wrong = append(wrong, wrongMember(at, ExplainJSON(err)))
		body, ok = without(body, at)
		if !ok || len(wrong) == mostWrong {
			return refusedWith(first, wrong)
		}
		into = reflect.New(reflect.TypeOf(into).Elem()).Interface() // what the caller has is as far as it came
		err = json.Unmarshal(body, into, json.RejectUnknownMembers(true))
	}
	return missingIn(into, first, wrong)
}

// missingIn adds to what is wrong what is missing; a wrong member is not missing. first is nil where nothing is wrong so far.
func missingIn(into any, first error, wrong []fault.FieldError) error {
	var missing []jsontext.Pointer
	complete(reflect.ValueOf(into), "", func(at jsontext.Pointer) { missing = append(missing, at) })
	known := map[string]bool{}
	for _, w := range wrong {
		known[w.Pointer] = true
	}
	for _, at := range missing[:min(len(missing), mostWrong)] {
		if known[string(at)] {
			continue
		}
		refused := Missing(fieldName(at))
		if first == nil {
			first = refused
		}
		wrong = append(wrong, wrongMember(at, refused))
	}
	return refusedWith(first, wrong)
}

func refusedWith(first error, wrong []fault.FieldError) error {
	if first == nil || len(wrong) == 0 {
		return first
	}
	f := *fault.As(first)
	f.Errors = wrong
	return &f
}

func wrongMember(at jsontext.Pointer, err error) fault.FieldError {
	f := fault.As(err)
	return fault.FieldError{Pointer: string(at), Code: f.Reason, Detail: f.Message}
}

// wrongAt is the member that a decoder could not read. What is no JSON has none.
func wrongAt(err error) (jsontext.Pointer, bool) {
	var semantic *json.SemanticError
	if !errors.As(err, &semantic) {
		return "", false
	}
	return semantic.JSONPointer, semantic.JSONPointer != ""
}

// without is a body without one member of an object; ok is false where there is no such member, or the body is too large.
func without(body []byte, at jsontext.Pointer) (rest []byte, ok bool) {
	if len(body) > mostReadAgain {
		return nil, false
	}
	var out bytes.Buffer
	from, to := jsontext.NewDecoder(bytes.NewReader(body)), jsontext.NewEncoder(&out)
	for {
		token, err := from.ReadToken()
		if err != nil {
			return out.Bytes(), ok
		}
		parent, position := from.StackIndex(from.StackDepth())
		if parent == '{' && position%2 == 1 && from.StackPointer() == at {
			if ok = true; from.SkipValue() != nil {
				return nil, false
			}
			continue
		}
		if to.WriteToken(token) != nil {
			return nil, false
		}
	}
}

// pointed adds the pointer to a refusal of one field of a body, which a handler looked at. What stands in a query has none.
func pointed(c *gin.Context, f *fault.Error) *fault.Error {
	if c.GetBool(bodyKey) {
		return f.Pointed()
	}
	one := *f
	one.Errors = nil
	return &one
}
