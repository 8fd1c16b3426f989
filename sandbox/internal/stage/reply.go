package stage

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
)

// maxBody is the largest request body that is read.
const maxBody = 1 << 20

// Reply is a finished answer, so that it can be composed under the lock and written outside.
type Reply struct {
	Status int
	Header map[string]string
	Body   []byte
}

// Write sends the answer: JSON unless its header says otherwise.
func (p Reply) Write(w http.ResponseWriter) {
	if p.Status != http.StatusNoContent {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", strconv.Itoa(len(p.Body)))
	}
	for k, v := range p.Header {
		w.Header().Set(k, v)
	}
	w.WriteHeader(p.Status)
	_, _ = w.Write(p.Body) // the caller may have left; there is nobody to tell
}

// Value is what is written as JSON: a struct, Members, a list, a text or a number.
type Value any

// Members are a JSON object whose members are composed one by one.
type Members map[string]Value

// With returns the answer with one more header.
func (p Reply) With(name, value string) Reply {
	header := map[string]string{name: value}
	for k, v := range p.Header {
		header[k] = v
	}
	p.Header = header
	return p
}

// JSON prints v in one line.
func JSON(v Value) []byte { return encode(v, "") }

// Indented prints v over several lines.
func Indented(v Value) []byte { return encode(v, "  ") }

// encode takes what emulators compose of maps, structs, texts and integers, which cannot fail.
func encode(v Value, indent string) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", indent)
	_ = e.Encode(v)
	return b.Bytes()
}

// Body reads the body of a request; the refusal is request_too_large.
func Body(w http.ResponseWriter, r *http.Request) ([]byte, *Refusal) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		return nil, Refuse("request_too_large")
	}
	return body, nil
}

// Decode reads one JSON value of type T; no body is the zero value. The refusal is malformed_json.
func Decode[T any](body []byte) (T, *Refusal) {
	var in T
	if len(bytes.TrimSpace(body)) == 0 {
		return in, nil
	}
	d := json.NewDecoder(bytes.NewReader(body))
	if err := d.Decode(&in); err != nil {
		return in, Refuse("malformed_json")
	}
	if _, err := d.Token(); err != io.EOF {
		return in, Refuse("malformed_json")
	}
	return in, nil
}

// Refusal says why something is not done, in the words of the controls and the pages to pay on: branch on Code, never on
// Message.
type Refusal struct {
	// Status is the HTTP status that carries the refusal.
	Status int `json:"-"`
	// Code is one of the gateway's documented codes, or a code of the controls.
	Code string `json:"code"`
	// Message is for people and may change.
	Message string `json:"error"`
}

// Error returns the code and the message.
func (e *Refusal) Error() string { return e.Code + ": " + e.Message }

// Refuse makes the refusal of a code of the controls; about is what some texts name.
func Refuse(code string, about ...any) *Refusal {
	r, ok := refusals[code]
	if !ok {
		r = refusal{http.StatusBadRequest, "the request was refused"}
	}
	if len(about) > 0 {
		r.text += ": " + fmt.Sprint(about...)
	}
	return &Refusal{Status: r.status, Code: code, Message: r.text}
}

type refusal struct {
	status int
	text   string
}

// refusals are those of the controls, with their texts.
var refusals = map[string]refusal{
	"unauthorized":           {401, "a valid API key or user token is required"},
	"foreign_origin":         {403, "control calls are not taken from the pages of another site"},
	"foreign_host":           {403, "control calls are taken for an address, localhost or the public URL only"},
	"unsupported_media_type": {403, "send the body with Content-Type: application/json"},
	"not_found":              {404, "there is nothing here"},
	"request_too_large":      {413, "the request body is too large"},
	"too_many_worlds":        {429, "too many API keys are in use"},
	"internal_error":         {500, "something went wrong"},
	"malformed_json":         {400, "the body is not valid JSON for this call"},
	"invalid_card":           {400, "the form cannot be read"},
	"invalid_id":             {400, "the id is not an integer"},
	"invalid_snapshot":       {400, "this is not a snapshot of this version"},
	"invalid_seconds":        {400, "the clock can only be moved forward, and not beyond the year 9900"},
	"invalid_fault":          {400, "a fault needs a known operation and a kind that fits it"},
	"invalid_endpoint":       {400, "the webhook endpoint is not an absolute http or https URL"},
}

// refuser is an error of an emulator that has words for the controls.
type refuser interface{ Refusal() *Refusal }

// RefusalOf is what the controls say of an error.
func RefusalOf(err error) *Refusal {
	var words refuser
	if errors.As(err, &words) {
		return words.Refusal()
	}
	var refused *Refusal
	if errors.As(err, &refused) {
		return refused
	}
	return Refuse("internal_error")
}
