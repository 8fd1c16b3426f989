// Package mail writes and sends the e-mails that a deal gives occasion to. It is
// called by the outbox, after the commit: a mail may be late or come twice, but
// never without the change it tells of.
package mail

import (
	"errors"
	"fmt"
	"net/mail"
	"regexp"
	"strings"
	"unicode"
)

// The limits of a message.
const (
	maxSubject = 150 // characters
	maxID      = 200 // bytes
	maxAddress = 320 // bytes; RFC 5321, section 4.5.3.1
)

// Message is one e-mail to one person.
type Message struct {
	Kind    Kind   // the template that it was written from; not sent, and may be empty
	From    string // the sender's address, with or without a name; empty: that of the connection
	To      string // an address, with or without a name: "Ann <ann@example.com>"
	ReplyTo string // where answers go, like From; empty: to the sender
	Subject string // line breaks and control characters are taken out
	Text    string // the plain part, needed
	HTML    string // the same as HTML; may be empty
	// ID becomes the Message-ID: local@domain of ASCII letters, digits and . _ + -.
	// It stays the same when a message is sent again, so that the recipient's
	// software can drop the repeat.
	ID string
	// Unsubscribe is an https URL at which a POST ends messages of this kind (RFC 8058);
	// empty: it is a receipt, or nothing ends them.
	Unsubscribe string
}

// errPermanent marks an error that trying again does not mend.
var errPermanent = errors.New("it cannot be delivered")

// IsPermanent reports whether the message can never be delivered: the server
// refused it for good, or it is malformed. All other errors of Send are worth
// another attempt.
func IsPermanent(err error) bool { return errors.Is(err, errPermanent) }

var idForm = regexp.MustCompile(`^[A-Za-z0-9._+-]+@[A-Za-z0-9.-]+$`)

// check returns the parsed recipient, or a permanent error. The error does not
// show the address: it is personal data, and errors are logged.
func (m Message) check() (*mail.Address, error) {
	to, err := parseAddress(m.To)
	_, from := parseAddress(m.From)
	_, reply := parseAddress(m.ReplyTo)
	switch {
	case m.From != "" && from != nil:
		return nil, malformed("the sender's address")
	case m.ReplyTo != "" && reply != nil:
		return nil, malformed("the address for answers")
	case m.Unsubscribe != "" && !SafeLink(m.Unsubscribe):
		return nil, malformed("the link that ends such messages")
	case err != nil:
		return nil, malformed("the recipient's address")
	case !idForm.MatchString(m.ID) || len(m.ID) > maxID:
		return nil, malformed("the message id")
	case plain(m.Subject) == "":
		return nil, malformed("the subject")
	case m.Text == "":
		return nil, malformed("the text")
	}
	return to, nil
}

func malformed(what string) error {
	return fmt.Errorf("mail: %s is missing or malformed: %w", what, errPermanent)
}

// parseAddress refuses control characters before the parser sees them, as the
// quoted part of an address may hold some. A name is made plain afterwards: as an
// encoded word it may hold line breaks.
func parseAddress(text string) (*mail.Address, error) {
	if len(text) > maxAddress || strings.ContainsFunc(text, unicode.IsControl) {
		return nil, errors.New("mail: an address is too long or has control characters")
	}
	address, err := mail.ParseAddress(text)
	if err != nil {
		return nil, fmt.Errorf("mail: parse address: %w", err)
	}
	address.Name = plain(address.Name)
	return address, nil
}

// plain makes foreign text fit for one line: line breaks and tabs become blanks,
// control characters and those that turn the direction of writing are taken out,
// and bytes that are no UTF-8 are replaced.
func plain(text string) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Bidi_Control, r), r == '\ufeff':
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, "\ufffd"))
	return strings.Join(strings.Fields(text), " ")
}

// shorten cuts a text to a number of characters.
func shorten(text string, most int) string {
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return text
}
