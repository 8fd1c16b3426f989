package stage

import (
	"bytes"
	"fmt"
	"html/template"
	"mime"
	"net/http"
	"net/url"
	"strings"
)

// Page fills a page in; the page may load nothing and be framed by nobody.
func Page(page *template.Template, data any) Reply {
	var b bytes.Buffer
	if err := page.Execute(&b, data); err != nil {
		refused := Refuse("internal_error")
		return Reply{Status: refused.Status, Body: JSON(refused)}
	}
	return Reply{Status: http.StatusOK, Body: b.Bytes(), Header: map[string]string{
		"Content-Type":            "text/html; charset=utf-8",
		"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
		"Referrer-Policy":         "no-referrer",
		"Cache-Control":           "no-store",
	}}
}

// CardInput is the JSON body of a payment.
type CardInput struct {
	Card string `json:"card"`
}

// CardOf reads what the buyer chose on a page to pay on. A form comes from a page, which then wants a page; JSON comes from a
// program, which wants the object. The refusals are request_too_large, malformed_json and, for a broken form, invalid_card.
func CardOf(w http.ResponseWriter, r *http.Request) (card string, form bool, refused *Refusal) {
	body, refused := Body(w, r)
	if refused != nil {
		return "", false, refused
	}
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "application/x-www-form-urlencoded" {
		in, refused := Decode[CardInput](body)
		return in.Card, false, refused
	}
	values, err := url.ParseQuery(string(body))
	if err != nil {
		return "", true, Refuse("invalid_card")
	}
	return values.Get("card"), true, nil
}

// Display prints an amount of minor units for people, by Stripe's lists of currencies with no and with three decimals.
func Display(amount int64, currency string) string {
	unit := strings.ToUpper(currency)
	switch unit {
	case "BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF":
		return fmt.Sprintf("%d %s", amount, unit)
	case "BHD", "JOD", "KWD", "OMR", "TND":
		return fmt.Sprintf("%d.%03d %s", amount/1000, amount%1000, unit)
	}
	return fmt.Sprintf("%d.%02d %s", amount/100, amount%100, unit)
}
