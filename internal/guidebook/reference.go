package guidebook

// Reference is what /docs/api says of the calls of the API, from its description.
type Reference struct {
	Common   []string  `json:"common"` // codes with which every route may refuse
	Subjects []Subject `json:"subjects"`
	Objects  []Object  `json:"objects"`
}

// Subject is the calls that are about one thing: a page.
type Subject struct {
	Slug  string `json:"slug"` // its path below /docs/api
	Title string `json:"title"`
	Text  string `json:"text"`
	Calls []Call `json:"calls"`
}

// Call is one of them.
type Call struct {
	Operation  string    `json:"operation"`
	Method     string    `json:"method"`
	Path       string    `json:"path"`
	Title      string    `json:"title"`
	Text       string    `json:"text"`
	Parameters []Field   `json:"parameters,omitzero"`
	Body       *Body     `json:"body,omitzero"`
	Answers    []Answer  `json:"answers"`
	Refusals   []Refusal `json:"refusals,omitzero"`
	Code       []Code    `json:"code"`             // curl first
	Untried    bool      `json:"untried,omitzero"` // a form cannot show what it answers
}

// Field is a parameter or a member.
type Field struct {
	Name     string `json:"name"`
	In       string `json:"in,omitzero"` // path, query or header; empty: a member
	Type     string `json:"type"`
	Required bool   `json:"required,omitzero"`
	Text     string `json:"text,omitzero"`
	Example  string `json:"example,omitzero"` // of a parameter that has to be there
}

// Body is what is sent.
type Body struct {
	Type     string  `json:"type"`
	Media    string  `json:"media,omitzero"` // empty: JSON
	Optional bool    `json:"optional,omitzero"`
	Fields   []Field `json:"fields"`
	Example  string  `json:"example,omitzero"`
}

// Answer is what success is answered with.
type Answer struct {
	Status  string `json:"status"`
	Text    string `json:"text"`
	Type    string `json:"type,omitzero"`
	Example string `json:"example,omitzero"`
}

// Refusal is the codes that are known with a status.
type Refusal struct {
	Status string   `json:"status"`
	Codes  []string `json:"codes"`
}

// Code is how a program makes the call.
type Code struct {
	Language string `json:"language"`
	Text     string `json:"text"`
}

// Object is what a type of the reference is.
type Object struct {
	Name   string   `json:"name"`
	Text   string   `json:"text,omitzero"`
	Fields []Field  `json:"fields,omitzero"`
	Values []string `json:"values,omitzero"` // that there are now
	Sample string   `json:"sample,omitzero"` // of a text
}
