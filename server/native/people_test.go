package native_test

import (
	"bytes"
	"mime/multipart"
	"net/http/httptest"
	"net/textproto"
	"strings"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/conversations"
	"github.com/handsel-dev/handsel/server/internal/facetest"
)

func TestSessions(t *testing.T) {
	t.Parallel()
	w := facetest.NewShop(t)
	first := w.Sell(t, "1")
	second := w.Sell(t, "2")
	say := func(id, text, who string) string {
		w.Clock.Advance(time.Second)
		return w.Call(t, "POST", "/v1/transactions/"+id+"/messages", map[string]any{"content": text}, facetest.As(who)).Is(201).At("id")
	}
	question := say(first, "Is it still there?", "bea")
	say(first, "Please answer", "bea")
	say(second, "Sent", "sam")
	page := w.Call(t, "GET", "/v1/sessions?limit=1", nil, facetest.As("sam")).Is(200).Has(map[string]string{
		"items.0.transaction.id": second, "items.0.last_message.content": "Sent", "items.0.unread": "0", "items.1": "absent", "total": "2",
	})
	page = w.Call(t, "GET", "/v1/sessions?limit=1&cursor="+page.At("next_cursor"), nil, facetest.As("sam")).Is(200).Has(map[string]string{
		"items.0.transaction.id": first, "items.0.last_message.content": "Please answer", "items.0.unread": "2", "next_cursor": "<nil>",
	})
	if page.At("items.0.transaction.redirect_url") != "absent" {
		t.Error("the seller sees where the buyer pays")
	}
	read := "/v1/transactions/" + first + "/read"
	w.Call(t, "POST", read, map[string]any{"message_id": question}, facetest.As("sam")).Is(204)
	w.Call(t, "GET", "/v1/sessions?user=sam", nil).Is(200).Has(map[string]string{"items.1.unread": "1"})
	w.Call(t, "POST", read, map[string]any{"user_id": "sam"}).Is(204)
	w.Call(t, "POST", read, nil, facetest.As("sam")).Is(204)
	w.Call(t, "GET", "/v1/sessions?user=sam&process=escrow_online", nil).Is(200).Has(map[string]string{"items.1.unread": "0"})

	w.Call(t, "GET", "/v1/sessions", nil).Refused(400, "missing_field")
	w.Call(t, "GET", "/v1/sessions?user=bea", nil, facetest.As("sam")).Refused(403, "not_yourself")
	w.Call(t, "GET", "/v1/sessions?user=sam&process=prepay", nil).Refused(400, "unknown_process")
	w.Call(t, "POST", read, map[string]any{}, facetest.As("eve")).Refused(404, "transaction_not_found")
	w.Call(t, "POST", read, map[string]any{}).Refused(400, "missing_field")
	w.Call(t, "POST", read, map[string]any{"message_id": "msg_1"}, facetest.As("sam")).Refused(404, "message_not_found")
}

func TestReviews(t *testing.T) {
	t.Parallel()
	w := facetest.NewShop(t)
	open := w.Sell(t, "1")
	id := w.Completed(t, "2")
	reviews := "/v1/transactions/" + id + "/reviews"
	good := map[string]any{"rating": 5, "content": "Quick and friendly"}
	w.Call(t, "POST", "/v1/transactions/"+open+"/reviews", good, facetest.As("bea")).Refused(409, "rating_not_allowed")
	for name, rating := range map[string]any{"zero": 0, "six": 6, "none": nil} {
		if a := w.Call(t, "POST", reviews, map[string]any{"rating": rating}, facetest.As("bea")); a.Status != 400 {
			t.Errorf("%s stars: status %d", name, a.Status)
		}
	}
	w.Call(t, "POST", reviews, good, facetest.As("bea")).Is(201).Has(map[string]string{
		"transaction_id": id, "reviewer_id": "bea", "subject_id": "sam", "rating": "5", "content": "Quick and friendly", "created_at": "2030-01-02T03:04:05Z",
	})
	w.Call(t, "POST", reviews, good, facetest.As("bea")).Refused(409, "already_rated")
	w.Call(t, "POST", reviews, good, facetest.As("eve")).Refused(404, "transaction_not_found")
	w.Call(t, "POST", reviews, map[string]any{"rating": 2, "reviewer_id": "sam"}).Is(201).Has(map[string]string{"subject_id": "bea", "content": ""})
	w.Call(t, "POST", reviews, map[string]any{"rating": 2, "reviewer_id": "sam"}, facetest.As("bea")).Refused(403, "not_yourself")
	w.Call(t, "GET", reviews, nil, facetest.As("sam")).Is(200).Has(map[string]string{"items.0.reviewer_id": "bea", "items.1.reviewer_id": "sam", "items.2": "absent"})
	w.Call(t, "GET", "/v1/users/sam/rating", nil, facetest.As("bob")).Is(200).Has(map[string]string{
		"user_id": "sam", "average": "5.00", "votes": "1", "positive": "1", "negative": "0",
	})
	w.Call(t, "GET", "/v1/users/sam/rating", nil, facetest.WithKey(w.Other)).Is(200).Has(map[string]string{"average": "0.00", "votes": "0"})
}

var picture = "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01"

func TestEvidence(t *testing.T) {
	t.Parallel()
	w := facetest.NewShop(t)
	id := w.Sell(t, "1")
	path := "/v1/transactions/" + id + "/evidence"
	file := part{"file", `..\scratch "big".png`, "image/png", picture}
	added := upload(t, w, path, []part{file}, facetest.As("bea")).Is(201).Has(map[string]string{
		"transaction_id": id, "uploader_id": "bea", "type": "image/png", "size": "20", "created_at": "2030-01-02T03:04:05Z",
	})
	if again := upload(t, w, path, []part{file}, facetest.As("bea")).Is(201); again.Body != added.Body {
		t.Errorf("the same file again is %s, at first %s", again.Body, added.Body)
	}
	upload(t, w, path, []part{{"file", "note.txt", "text/plain", "it came <late>"}, {"uploader_id", "", "", "sam"}}).Is(201)
	upload(t, w, path, []part{{"file", "ruling.txt", "text/plain", "both were heard"}}, facetest.Staff("op")).Is(201).Has(map[string]string{"uploader_id": "op"})
	w.Call(t, "GET", path, nil, facetest.As("sam")).Is(200).Has(map[string]string{"items.0.id": added.At("id"), "items.1.uploader_id": "sam", "items.3": "absent"})
	w.Call(t, "GET", "/v1/transactions/"+id+"/messages", nil).Is(200).Has(map[string]string{"items.0.kind": "file"})

	shown := w.Call(t, "GET", path+"/"+added.At("id"), nil, facetest.As("sam")).Is(200)
	want := map[string]string{
		"Content-Type": "image/png", "X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; sandbox", "Cache-Control": "no-store",
	}
	for name, value := range want {
		if got := shown.Header.Get(name); got != value {
			t.Errorf("%s is %q, want %q", name, got, value)
		}
	}
	if shown.Body != picture || !strings.HasPrefix(shown.Header.Get("Content-Disposition"), "attachment; filename=") {
		t.Errorf("content %q as %q", shown.Body, shown.Header.Get("Content-Disposition"))
	}
	text := w.Call(t, "GET", path+"/"+w.Call(t, "GET", path, nil).At("items.1.id"), nil).Is(200)
	if got := text.Header.Get("Content-Type"); got != "application/octet-stream" {
		t.Errorf("a text is sent as %q", got)
	}
	w.Call(t, "GET", path+"/"+added.At("id"), nil, facetest.As("eve")).Refused(404, "transaction_not_found")
	w.Call(t, "GET", path+"/nothing", nil).Refused(404, "evidence_not_found")
	w.Call(t, "GET", path+"/"+added.At("id"), nil, facetest.WithKey(w.Other)).Refused(404, "transaction_not_found")
}

func TestEvidence_refusals(t *testing.T) {
	t.Parallel()
	w := facetest.NewShop(t)
	path := "/v1/transactions/" + w.Sell(t, "1") + "/evidence"
	file := part{"file", "a.png", "image/png", picture}
	sized := func(n int) part {
		return part{"file", "a.txt", "text/plain", strings.Repeat("a", n)}
	}
	tests := map[string]struct {
		parts  []part
		as     string
		status int
		code   string
	}{
		"no file":        {nil, "bea", 400, "missing_field"},
		"two files":      {[]part{file, file}, "bea", 400, "duplicate_field"},
		"another part":   {[]part{file, {"note", "", "", "a"}}, "bea", 400, "unknown_field"},
		"empty":          {[]part{sized(0)}, "bea", 400, "validation_error"},
		"a page":         {[]part{{"file", "a.html", "text/html", "<html><script>"}}, "bea", 400, "evidence_type_not_allowed"},
		"too large":      {[]part{sized(conversations.MaxFileSize + 1)}, "bea", 413, "evidence_too_large"},
		"far too large":  {[]part{sized(conversations.MaxFileSize + 64<<10)}, "bea", 413, "body_too_large"},
		"stranger":       {[]part{file}, "eve", 404, "transaction_not_found"},
		"somebody else":  {[]part{file, {"uploader_id", "", "", "sam"}}, "bea", 403, "not_yourself"},
		"backend itself": {[]part{file}, "", 400, "missing_field"},
		"a card number":  {[]part{{"file", "a.txt", "text/plain", "my card is 5555 5555 5555 4444"}}, "bea", 400, "card_data_not_accepted"},
		"in a document":  {[]part{{"file", "a.pdf", "application/pdf", "%PDF-1.4\n(5555555555554444) Tj"}}, "bea", 400, "card_data_not_accepted"},
		"no party":       {[]part{file, {"uploader_id", "", "", "eve"}}, "", 403, "not_participant"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) { // one after the other: a user sends one file at a time
			var options []facetest.Option
			if tc.as != "" {
				options = append(options, facetest.As(tc.as))
			}
			upload(t, w, path, tc.parts, options...).Refused(tc.status, tc.code)
		})
	}
	w.Call(t, "POST", path, map[string]any{"file": "a"}, facetest.As("bea")).Refused(415, "unsupported_media_type")
	w.Call(t, "POST", path, "--x\r\ncut", facetest.As("bea"), facetest.Header("Content-Type", "multipart/form-data; boundary=x")).Refused(400, "body_incomplete")
}

// part is a part of a form; file parts have a file name.
type part struct{ name, file, kind, content string }

// upload sends a form.
func upload(t *testing.T, w *facetest.Testbed, path string, parts []part, options ...facetest.Option) facetest.Answer {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for _, p := range parts {
		h := textproto.MIMEHeader{"Content-Disposition": {multipart.FileContentDisposition(p.name, p.file)}}
		if p.file == "" {
			h.Set("Content-Disposition", `form-data; name="`+p.name+`"`)
		}
		if p.kind != "" {
			h.Set("Content-Type", p.kind)
		}
		out, err := form.CreatePart(h)
		w.Must(err)
		_, err = out.Write([]byte(p.content))
		w.Must(err)
	}
	w.Must(form.Close())
	r := httptest.NewRequestWithContext(t.Context(), "POST", path, &body)
	r.Header.Set("Authorization", "Bearer "+w.Key)
	r.Header.Set("Content-Type", form.FormDataContentType())
	for _, o := range options {
		o(r)
	}
	return facetest.Serve(t, w.Server.Handler(), r)
}
