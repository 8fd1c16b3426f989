package web

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"net/http"
	"reflect"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/handsel-dev/handsel/fault"
)

// NoFields is a body that has none.
type NoFields struct{}

// maxDepth is how deep a request body may nest.
const maxDepth = 16

// ReadJSON reads a request's body strictly: unknown, repeated and differently
// cased names, other types, invalid UTF-8, anything after the value and card
// data are refused. It returns the body as it came.
func (k *Kit) ReadJSON(c *gin.Context, cards cardPolicy, into any) ([]byte, error) {
	body, err := ReadBody(c, k.MaxBody)
	if err != nil {
		return nil, err
	}
	if len(body) == 0 {
		return nil, fault.New(fault.Invalid, "body_missing", "this needs a JSON body")
	}
	return body, Decode(body, cards, into)
}

// ReadBody reads a body of so many bytes at most; nil for none.
func ReadBody(c *gin.Context, limit int64) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(c.Writer, c.Request.Body, limit))
	if err != nil {
		return nil, BodyError(err, limit)
	}
	c.Set(bodyKey, true)
	body = bytes.TrimSpace(body)
	if len(body) == 0 {
		return nil, nil
	}
	// No type at all is taken for JSON: nothing else is understood here.
	if declared := c.GetHeader("Content-Type"); declared != "" {
		if kind, _, err := mime.ParseMediaType(declared); err != nil || kind != JSONType {
			return nil, fault.New(fault.Invalid, UnsupportedMediaType, "the body must be application/json")
		}
	}
	return body, nil
}

// bodyKey tells that the body was read to its end.
const bodyKey = "body_read"

// bodyAtHand is how long a refusal waits for a body that nobody has read. net/http reads
// it before it answers, for the next request on the connection; one that is there already
// costs no time, and one that does not come would cost all that a request may take.
const bodyAtHand = 100 * time.Millisecond

// refuseBody lets a refusal that was decided without the body go out now. If the rest of
// the body is not there, the connection ends with the answer, which says so.
func refuseBody(c *gin.Context) {
	if c.Request.ContentLength == 0 || c.GetBool(bodyKey) {
		return
	}
	// What cannot set a deadline is no connection either, but a test's recorder.
	_ = http.NewResponseController(c.Writer).SetReadDeadline(time.Now().Add(bodyAtHand))
}

// BodyError is the fault of a body that could not be read.
func BodyError(err error, limit int64) error {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return fault.New(fault.TooLarge, "body_too_large", "a body may have at most %d bytes here", limit)
	}
	return fault.Wrap(err, fault.Invalid, "body_incomplete", "the body could not be read to its end")
}

// Decode reads one JSON object. Card data is refused before anything else is
// looked at, and what lacks a member that it must have; see isRequired.
func Decode(body []byte, cards cardPolicy, into any) error {
	if err := scan(body, cards); err != nil {
		return err
	}
	return read(body, into)
}

// place is where a name or a value stands in a body. The whole path to it would cost as
// much as its names are long, for every value there.
type place struct {
	inDetails bool   // below the member payment_details of the body
	name      string // of the member; empty for what stands in a list
}

// scan walks a body for card data and bounds its depth. Broken JSON is left to
// be reported by decode.
func scan(body []byte, cards cardPolicy) error {
	tokens := jsontext.NewDecoder(bytes.NewReader(body), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	var names [maxDepth + 1]string // the member that is read, by depth
	for {
		token, err := tokens.ReadToken()
		if err != nil {
			return nil
		}
		depth := tokens.StackDepth()
		if depth > maxDepth {
			return fault.New(fault.Invalid, "body_too_deep", "a body may nest at most %d levels", maxDepth)
		}
		if token.Kind() != '"' && token.Kind() != '0' {
			continue
		}
		parent, position := tokens.StackIndex(depth)
		isName, text := parent == '{' && position%2 == 1, token.String()
		if isName {
			names[depth] = text
		}
		at := place{inDetails: depth > 1 && names[1] == "payment_details"}
		if parent == '{' {
			at.name = names[depth]
		}
		if cards(at).suspect(text, isName) {
			return CardDataRefused(fieldName(tokens.StackPointer()))
		}
	}
}

// ExplainJSON turns an error of the decoder into a fault that names the field.
func ExplainJSON(err error) error {
	if err == nil {
		return nil
	}
	var refused *fault.Error
	if errors.As(err, &refused) {
		return refused
	}
	var semantic *json.SemanticError
	if errors.As(err, &semantic) {
		field := fieldName(semantic.JSONPointer)
		if semantic.Err == json.ErrUnknownName {
			return Invalid("unknown_field", field, "unknown field %s; %s", field, fieldsOf(semantic.GoType))
		}
		return Invalid("invalid_type", field, "%s", wrongType(semantic, field))
	}
	var syntactic *jsontext.SyntacticError
	if errors.As(err, &syntactic) {
		field := fieldName(syntactic.JSONPointer)
		if syntactic.Err == jsontext.ErrDuplicateName {
			return Invalid("duplicate_field", field, "field %s is repeated; send it once", field)
		}
		return fault.New(fault.Invalid, "invalid_json", "the body is not valid JSON near byte %d", syntactic.ByteOffset)
	}
	return fault.Wrap(err, fault.Invalid, "invalid_json", "the body is not valid JSON")
}

// fieldsOf tells which names an object takes; they are case-sensitive.
func fieldsOf(t reflect.Type) string {
	if t == nil || t.Kind() != reflect.Struct {
		return "names are case-sensitive"
	}
	var known []string
	for _, m := range members(t) {
		name, _, _ := strings.Cut(m.Tag.Get("json"), ",")
		known = append(known, name)
	}
	return takes("body", known)
}

func wrongType(e *json.SemanticError, field string) string {
	if field == "" {
		return "the body must be a JSON object"
	}
	if e.JSONKind == '0' && e.GoType != nil && strings.HasPrefix(e.GoType.String(), "int") {
		return field + " must be a whole number without fraction or exponent, in the range of 64 bits"
	}
	return field + " has the wrong JSON type"
}

// fieldName writes a JSON pointer as people do: transaction.listing_price.amount.
func fieldName(p jsontext.Pointer) string {
	const enough = 100
	var names []string
	for name := range p.Tokens() {
		names = append(names, name)
	}
	text := strings.Join(names, ".")
	if len(text) > enough {
		text = strings.ToValidUTF8(text[:enough], "") + "…"
	}
	return text
}
