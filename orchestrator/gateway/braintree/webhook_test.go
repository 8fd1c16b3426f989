package braintree

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/fault"
)

const public, private = "integration_public_key", "integration_private_key"

// The example of Braintree's own SDK.
func TestSign_published(t *testing.T) {
	t.Parallel()
	if got := sign(private, "payload"); got != "a9094267ddc49823cf74e9947461cc17c8428ed8" {
		t.Errorf("signed %s", got)
	}
}

// message is a notification as Braintree sends it.
func message(document string) string {
	payload := base64.StdEncoding.EncodeToString([]byte(document)) + "\n"
	return form("other_key|00&"+public+"|"+sign(private, payload), payload)
}

func form(signature, payload string) string {
	return url.Values{"bt_signature": {signature}, "bt_payload": {payload}}.Encode()
}

func notificationOf(kind, subject string) string {
	return `<notification><timestamp type="datetime">2026-03-02T09:00:00Z</timestamp><kind>` + kind + `</kind><subject>` + subject + `</subject></notification>`
}

func TestWebhook_read(t *testing.T) {
	t.Parallel()
	settled := notificationOf("transaction_settled", "<transaction><id>abcd1234</id><status>settled</status><amount>10.00</amount></transaction>")
	payload := base64.StdEncoding.EncodeToString([]byte(settled)) + "\n"
	long := ""
	for rest := strings.TrimSpace(payload); rest != ""; {
		n := min(60, len(rest))
		long, rest = long+rest[:n]+"\n", rest[n:]
	}
	for name, tc := range map[string]struct {
		body string
		want string // the payment, or the reason
		code string
	}{
		"settled":                {message(settled), "abcd1234", "transaction_settled"},
		"in lines":               {form(public+"|"+sign(private, long), long), "abcd1234", "transaction_settled"},
		"the line end is gone":   {form(public+"|"+sign(private, payload), strings.TrimSpace(payload)), "abcd1234", "transaction_settled"},
		"a refund that failed":   {message(notificationOf("refund_failed", "<transaction><id>back1234</id><refunded-transaction-id>abcd1234</refunded-transaction-id></transaction>")), "abcd1234", "refund_failed"},
		"a dispute":              {message(notificationOf("dispute_opened", "<dispute><id>disp1234</id><transaction><id>abcd1234</id></transaction></dispute>")), "abcd1234", "dispute_opened"},
		"the test message":       {message(notificationOf("check", `<check type="boolean">true</check>`)), "", "check"},
		"a subscription":         {message(notificationOf("subscription_canceled", "<subscription><id>abcd1234</id></subscription>")), "", "subscription_canceled"},
		"an odd id":              {message(notificationOf("transaction_settled", "<transaction><id>../x</id></transaction>")), "", "transaction_settled"},
		"another payload":        {form(public+"|"+sign(private, payload), payload+"AAAA"), "invalid_webhook_signature", ""},
		"another key":            {form(public+"|"+sign("guessed", payload), payload), "invalid_webhook_signature", ""},
		"somebody else's":        {form("other_key|"+sign(private, payload), payload), "invalid_webhook_signature", ""},
		"no signature":           {"bt_payload=" + url.QueryEscape(payload), "invalid_webhook_signature", ""},
		"an empty signature":     {form(public+"|", payload), "invalid_webhook_signature", ""},
		"two payloads":           {message(settled) + "&bt_payload=x", "invalid_webhook_signature", ""},
		"no form":                {"%zz", "invalid_webhook_signature", ""},
		"no XML":                 {message("hello"), "invalid_webhook", ""},
		"another document":       {message("<order><kind>transaction_settled</kind></order>"), "invalid_webhook", ""},
		"a kind that is no name": {message(notificationOf("Settled!", "")), "invalid_webhook", ""},
	} {
		d, err := Webhook{Public: public, Private: private}.Read(http.Header{}, []byte(tc.body))
		got := d.PaymentID
		if err != nil {
			got = string(fault.ReasonOf(err))
		}
		if got != tc.want || d.Code != tc.code || err == nil && len(d.DedupeKey) != 64 {
			t.Errorf("%s: %+v, %v; want %s", name, d, err, tc.want)
		}
	}
	if _, err := (Webhook{Public: public}).Read(nil, []byte(form(public+"|"+sign("", payload), payload))); err == nil {
		t.Error("without a key everything is signed")
	}
}

// What is told of a sub-merchant is passed on where it is of use, and never what is no id or no code.
func TestWebhook_sellers(t *testing.T) {
	t.Parallel()
	declined := func(code, id string) string {
		return message(notificationOf("sub_merchant_account_declined", "<api-error-response><message>Credit score is too low</message><errors><merchant-account><errors type=\"array\"><error><code>"+code+
			"</code><attribute type=\"symbol\">base</attribute></error></errors></merchant-account></errors><merchant-account><id>"+id+"</id><status>suspended</status></merchant-account></api-error-response>"))
	}
	approved := message(notificationOf("sub_merchant_account_approved", "<merchant-account><id>blue_ladders</id><status>active</status></merchant-account>"))
	for name, tc := range map[string]struct{ body, want string }{
		"approved": {approved, "seller::blue_ladders"}, "declined": {declined("82621", "blue_ladders"), "seller:82621:blue_ladders"},
		"an odd id": {declined("82621", "../x"), ""}, "an odd code": {declined("x:y", "blue_ladders"), ""}, "no code": {declined("", "blue_ladders"), ""},
		"paid out": {message(notificationOf("disbursement_exception", "<disbursement><id>abcd1234</id></disbursement>")), ""},
	} {
		for _, of := range []bool{true, false} {
			d, err := Webhook{Public: public, Private: private, Sellers: of}.Read(nil, []byte(tc.body))
			if want := map[bool]string{true: tc.want}[of]; err != nil || d.PaymentID != want {
				t.Errorf("%s, %t: %+v, %v, want %q", name, of, d, err, want)
			}
		}
	}
}

// An address is proven by a signature of what it is asked.
func TestWebhook_challenge(t *testing.T) {
	t.Parallel()
	w := Webhook{Public: public, Private: private}
	const asked = "20f9f8ed05f77439fe955c977e4c8a53"
	if got, err := w.Challenge(url.Values{"bt_challenge": {asked}}); err != nil || got != public+"|"+sign(private, asked) {
		t.Errorf("%s, %v", got, err)
	}
	for _, wrong := range []string{"", "xyz", "20f9f8ed", "20F9F8ED05F77439FE955C977E4C8A53", strings.Repeat("a", 33)} {
		if _, err := w.Challenge(url.Values{"bt_challenge": {wrong}}); fault.ReasonOf(err) != "invalid_webhook" {
			t.Errorf("%q: %v", wrong, err)
		}
	}
	if text := fmt.Sprint(w, fmt.Sprintf("%#v", w)); strings.Contains(text, private) {
		t.Error("the key is printed")
	}
}

func FuzzWebhook(f *testing.F) {
	for _, seed := range []string{"", "<notification/>", notificationOf("check", ""), notificationOf("dispute_opened", "<dispute><transaction><id>abcd1234</id></transaction></dispute>"), "<a><b>", "<!DOCTYPE x [<!ENTITY y 'z'>]><notification><kind>&y;</kind></notification>"} {
		f.Add(seed)
	}
	w := Webhook{Public: public, Private: private}
	f.Fuzz(func(t *testing.T, document string) {
		d, err := w.Read(nil, []byte(message(document)))
		if err == nil && (d.PaymentID != "" && !legacyShape.MatchString(d.PaymentID) || !kindShape.MatchString(d.Code)) {
			t.Errorf("%q: %+v", document, d)
		}
	})
}
