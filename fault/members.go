package fault

import "strings"

// mostMembers bounds how many members of a body a refusal names; our choice.
const mostMembers = 20

// All is nil where nothing is wrong, and else the first of the errors. If that is about a member of the body, it has what the
// others find wrong with other members, so that a caller sees all of it at once. Checks of several members end in it.
func All(errs ...error) error {
	var first error
	var wrong []FieldError
	known := map[string]bool{}
	for _, err := range errs {
		if err == nil {
			continue
		}
		members := As(err).members()
		if first == nil {
			first = err
			if len(members) == 0 {
				return first // it is about more than a member, such as who may call
			}
		}
		for _, m := range members {
			if !known[m.Pointer] && len(wrong) < mostMembers {
				known[m.Pointer], wrong = true, append(wrong, m)
			}
		}
	}
	if len(wrong) < 2 {
		return first
	}
	all := *As(first)
	all.Errors = wrong
	return &all
}

// Pointed is a copy of a refusal of a body that points to the member that it is about, if there is one.
func (e *Error) Pointed() *Error {
	c := *e
	c.Errors = e.members()
	return &c
}

// members are what is wrong with a body: what is listed, or the one field.
func (e *Error) members() []FieldError {
	field, _ := e.Details["field"].(string)
	switch {
	case len(e.Errors) > 0:
		return e.Errors
	case field == "" || strings.HasSuffix(field, "…") || e.Code != Invalid:
		return nil
	}
	return []FieldError{{Pointer: Pointer(field), Code: e.Reason, Detail: e.Message}}
}

var pointers = strings.NewReplacer("~", "~0", "/", "~1", ".", "/")

// Pointer is the JSON pointer (RFC 6901) to a field whose names have dots between them.
func Pointer(field string) string { return "/" + pointers.Replace(field) }
