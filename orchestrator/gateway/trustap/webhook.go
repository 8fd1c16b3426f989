package trustap

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"regexp"
	"strings"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator/gateway"
)

// Credential is a user name and password that a gateway sends with HTTP basic
// authentication.
type Credential struct {
	Username string
	Password string
}

// String hides the password.
func (c Credential) String() string { return c.Username + ":***" }

// GoString hides the password too.
func (c Credential) GoString() string { return c.String() }

// Webhook reads the webhooks of Trustap's API version 1. They are not signed and
// have no id: basic authentication is all there is (official API), so a message
// is only ever a reason to look the payment up.
type Webhook struct {
	// Credentials are accepted, any of them, so that a password can be changed
	// without a gap. With none every message is refused.
	Credentials []Credential
}

var _ gateway.Source = Webhook{}

// Name is "trustap".
func (Webhook) Name() string { return name }

// message is the part of a message that is needed. What else it says is
// not believed but looked up.
type message struct {
	Code     string          `json:"code"`
	TargetID json.RawMessage `json:"target_id"`
	Time     json.RawMessage `json:"time"`
}

var (
	targetID  = regexp.MustCompile(`^[0-9]{1,19}$`)
	eventCode = regexp.MustCompile(`^[a-z0-9_]{1,40}\.[a-z0-9_]{1,80}$`)
)

// Admit checks the credential.
func (w Webhook) Admit(header http.Header) error {
	if !w.knows(header) {
		return fault.New(fault.Unauthenticated, "invalid_webhook_credential", "the user name or the password is wrong")
	}
	return nil
}

// Read checks the credential and takes out code, target id and time, which
// together tell a repeat from a new message.
func (w Webhook) Read(header http.Header, body []byte) (gateway.Message, error) {
	if err := w.Admit(header); err != nil {
		return gateway.Message{}, err
	}
	var m message
	if err := json.Unmarshal(body, &m); err != nil {
		return gateway.Message{}, fault.Wrap(err, fault.Invalid, "invalid_webhook", "the message is not a JSON object with code and target_id")
	}
	id := strings.Trim(string(m.TargetID), `"`) // a string, or a number in older messages
	if !eventCode.MatchString(m.Code) || !targetID.MatchString(id) {
		return gateway.Message{}, fault.New(fault.Invalid, "invalid_webhook", "the message has no sound code and target_id")
	}
	return gateway.Message{PaymentID: paymentOf(m.Code, id), Code: m.Code, DedupeKey: dedupeKey(m.Code, id, string(m.Time))}, nil
}

// paymentOf is the payment id that the gateway trustap gives: the numbers of
// face-to-face transactions are those of online ones too, so theirs are marked.
func paymentOf(code, id string) string {
	if strings.HasPrefix(code, "p2p_tx.") {
		return "p2p:" + id
	}
	return id
}

// knows compares hashes, so that neither content nor length shows in the time it takes.
func (w Webhook) knows(header http.Header) bool {
	username, password, ok := (&http.Request{Header: header}).BasicAuth()
	if !ok {
		return false
	}
	presented, known := credentialHash(Credential{username, password}), 0
	for _, c := range w.Credentials {
		expected := credentialHash(c)
		if c.Username != "" && c.Password != "" {
			known |= subtle.ConstantTimeCompare(presented[:], expected[:])
		}
	}
	return known == 1
}

func credentialHash(c Credential) [sha256.Size]byte {
	username, password := sha256.Sum256([]byte(c.Username)), sha256.Sum256([]byte(c.Password))
	return sha256.Sum256(append(username[:], password[:]...))
}

func dedupeKey(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:])
}
