package paytrail

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

// plastic is a card that a buyer can save. code is that of the acquirer where a payment with it is refused, and asks tells that
// the bank wants 3-D Secure when the buyer pays with it.
type plastic struct {
	card, text, means, code, why string
	asks                         bool
}

var cards = []plastic{
	{card: "success", text: "Save the card"},
	{card: "three_d_secure", text: "Card with 3-D Secure", means: "The bank asks whether it is you when the card pays.", asks: true},
	{card: "insufficient", text: "Card without money", means: "A payment with it fails: too little money.", code: "116", why: "Not sufficient funds"},
	{card: "stolen", text: "Stolen card", means: "A payment with it fails: the card was stolen.", code: "209", why: "Stolen card"},
}

func cardNames() string {
	names := make([]string, len(cards))
	for i, c := range cards {
		names[i] = "`" + c.card + "`"
	}
	return strings.Join(names, ", ")
}

// card is a card that a buyer saves, known by its tokenization id.
type card struct {
	ID, Token               string
	Merchant, Algorithm     string // who may use it; empty: every merchant of the world
	Card                    string // which one; empty: the buyer has not chosen yet
	Canceled                bool
	Success, Cancel         string
	CallSuccess, CallCancel string
}

// Name implements stage.Object.
func (c *card) Name() string { return c.ID }

// SaveCard plays a buyer who saves a card, for every merchant of the world: success, three_d_secure, insufficient or stolen. It
// answers the tokenization id, with which the buyer comes back to the shop.
func (e *World) SaveCard(name string) (tokenization string, err error) {
	e.locked(func(s *state) {
		c := &card{ID: s.newID(), Token: s.newID()}
		if err = c.choose(name); err == nil {
			s.Cards.Add(c)
			tokenization = c.ID
		}
	})
	return tokenization, err
}

func (c *card) choose(name string) error {
	switch {
	case c.Card != "" || c.Canceled:
		return bad("The card is saved already, or was not")
	case name == "cancel":
		c.Canceled = true
	case !slices.ContainsFunc(cards, func(one plastic) bool { return one.card == name }):
		return bad("There is no card %q", name)
	default:
		c.Card = name
	}
	return nil
}

// addCardForm leads a browser to the page where a card is saved. What is signed stands in the form; the SDK sends it as JSON.
func (e *Emulator) addCardForm(w http.ResponseWriter, r *http.Request) {
	fields, refused := formOf(w, r)
	m, known := e.cfg.merchant(fields["checkout-account"])
	of := e.World
	if known {
		if own, err := e.ForMerchant(m.ID); err == nil {
			of = own
		}
	}
	to, err := "", refuse(http.StatusUnauthorized, "The form is not signed by a merchant")
	if refused == nil && known && formSigned(m, fields) {
		of.locked(func(s *state) { to, err = s.beginCard(m, fields) })
	}
	if err != nil {
		words := stage.RefusalOf(err)
		stage.Note(of.World, r, "add_card_form", words.Status, "")
		failure(words.Status, words.Message).Write(w)
		return
	}
	stage.Note(of.World, r, "add_card_form", http.StatusFound, "")
	http.Redirect(w, r, to, http.StatusFound)
}

// formSigned reports whether a merchant signed the fields of a form.
func formSigned(m Merchant, fields map[string]string) bool {
	if algorithms[fields["checkout-algorithm"]] == nil || fields["checkout-nonce"] == "" || fields["checkout-timestamp"] == "" {
		return false
	}
	want := sign(m.Secret, fields["checkout-algorithm"], fields, nil)
	return subtle.ConstantTimeCompare([]byte(want), []byte(fields["signature"])) == 1
}

// beginCard makes the page on which a card is saved, once for each signed form.
func (s *state) beginCard(m Merchant, fields map[string]string) (to string, err error) {
	back := &urls{fields["checkout-redirect-success-url"], fields["checkout-redirect-cancel-url"]}
	called := &urls{fields["checkout-callback-success-url"], fields["checkout-callback-cancel-url"]}
	switch {
	case s.Seen[fields["signature"]]:
		return "", refuse(http.StatusUnauthorized, "The form was used already: sign one with a new checkout-nonce")
	case fields["checkout-method"] != http.MethodPost:
		return "", bad("checkout-method is not POST")
	case !back.sound(300):
		return "", bad("checkout-redirect-success-url and checkout-redirect-cancel-url must be web addresses")
	case *called != urls{} && !called.sound(3000):
		return "", bad("checkout-callback-success-url and checkout-callback-cancel-url must be web addresses")
	}
	s.Seen[fields["signature"]] = true
	c := &card{
		ID: s.newID(), Token: s.newID(), Merchant: m.ID, Algorithm: fields["checkout-algorithm"],
		Success: back.Success, Cancel: back.Cancel, CallSuccess: called.Success, CallCancel: called.Cancel,
	}
	s.Cards.Add(c)
	return strings.TrimRight(s.cfg.PublicURL, "/") + "/cards/" + c.ID, nil
}

// formOf reads the fields of a form, or of an object of texts and numbers.
func formOf(w http.ResponseWriter, r *http.Request) (map[string]string, *stage.Refusal) {
	body, refused := stage.Body(w, r)
	if refused != nil {
		return nil, refused
	}
	fields := map[string]string{}
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind == "application/json" {
		in, refused := stage.Decode[map[string]json.RawMessage](body)
		for name, raw := range in {
			text := string(raw)
			if json.Unmarshal(raw, &text) != nil {
				text = string(raw) // a number, as it stands
			}
			fields[name] = text
		}
		return fields, refused
	}
	values, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, stage.Refuse("invalid_form")
	}
	for name := range values {
		fields[name] = values.Get(name)
	}
	return fields, nil
}

// cardVisit is one request to the page where a card is saved.
type cardVisit struct {
	world *World
	id    string
}

// Pay saves the card that a program names, and answers where the buyer is led to.
func (v cardVisit) Pay(name string) (stage.Value, error) {
	back, err := v.save(name)
	return stage.Members{"redirect_url": back}, err
}

// Press saves the card of a button: the buyer is led back to the shop.
func (v cardVisit) Press(name string) (back string) {
	back, err := v.save(name)
	if err != nil {
		return ""
	}
	return back
}

func (v cardVisit) save(name string) (back string, err error) {
	err = refuse(http.StatusNotFound, "Tokenization %s does not exist", v.id)
	v.world.locked(func(s *state) {
		c, ok := s.Cards.Get(v.id)
		if !ok {
			return
		}
		if err = c.choose(name); err != nil {
			return
		}
		q := s.cardQuery(c)
		back = led(stage.Or(c.Canceled, c.Cancel, c.Success), q)
		if to := stage.Or(c.Canceled, c.CallCancel, c.CallSuccess); to != "" {
			s.Emit(stage.Delivery{Code: q.Get("checkout-status"), TargetID: c.ID, URL: led(to, q), Body: stage.JSON(stage.Members{"checkout-tokenization-id": c.ID})})
		}
	})
	return back, err
}

// cardQuery is what a buyer comes back with from saving a card, signed.
func (s *state) cardQuery(c *card) url.Values {
	merchant, _ := s.cfg.merchant(c.Merchant)
	params := map[string]string{"checkout-account": c.Merchant, "checkout-algorithm": c.Algorithm, "checkout-status": isFail}
	if !c.Canceled {
		params["checkout-status"], params["checkout-tokenization-id"] = isOK, c.ID
	}
	q := url.Values{}
	for name, value := range params {
		q.Set(name, value)
	}
	q.Set("signature", sign(merchant.Secret, c.Algorithm, params, nil))
	return q
}

// See is the page as it is now.
func (v cardVisit) See(string) (page stage.PayPage, err error) {
	err = refuse(http.StatusNotFound, "Tokenization %s does not exist", v.id)
	v.world.locked(func(s *state) {
		c, ok := s.Cards.Get(v.id)
		if !ok {
			return
		}
		page, err = stage.PayPage{Gateway: "Paytrail", For: "Save a card", Reference: c.ID}, nil
		if c.Card != "" || c.Canceled {
			page.Notice, page.Back = "This is done.", led(stage.Or(c.Canceled, c.Cancel, c.Success), s.cardQuery(c))
			return
		}
		for _, one := range cards {
			page.Ways = append(page.Ways, stage.Way{Card: one.card, Text: one.text, Means: one.means})
		}
		page.Ways = append(page.Ways, stage.Way{Card: "cancel", Text: "Cancel", Means: "You go back to the shop and save none."})
	})
	return page, err
}

// getToken answers the token of a saved card, as often as it is asked.
func (c *call) getToken() (answer, error) {
	saved, ok := c.Cards.Get(c.id)
	if !ok || saved.Card == "" || saved.Merchant != "" && saved.Merchant != c.merchant.ID {
		return answer{}, refuse(http.StatusNotFound, "Tokenization %s does not exist", c.id)
	}
	fingerprint := sha256.Sum256([]byte(saved.Token))
	return answer{status: http.StatusOK, body: stage.Members{
		"token": saved.Token,
		"card": stage.Members{
			"type": "Visa", "bin": "415301", "partial_pan": "0313", "expire_year": "2031", "expire_month": "11", "cvc_required": "no",
			"funding": "debit", "category": "unknown", "country_code": "FI",
			"pan_fingerprint": hex.EncodeToString(fingerprint[:]), "card_fingerprint": hex.EncodeToString(fingerprint[:]),
		},
		"customer": stage.Members{"network_address": "192.0.2.1", "country_code": "FI"},
	}}, nil
}
