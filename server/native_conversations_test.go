package server_test

import (
	"bytes"
	"mime/multipart"
	"net/http/httptest"
	"net/textproto"
	"strings"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/conversations"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// completed is a deal that was paid, shipped and released; bea bought, sam sold.
func (w *world) completed(t *testing.T, key string) string {
	t.Helper()
	id := w.sell(t, key)
	payment := w.call(t, "GET", "/v1/transactions/"+id, nil).at("payment_id")
	w.gateway.happen(payment, process.FactPaid)
	w.sync(t, payment)
	w.take(t, id, "track", map[string]string{"carrier": "post", "tracking_code": "1"}, "tracked", as("sam"))
	w.take(t, id, "confirm_delivery", nil, "delivered", as("bea"))
	w.take(t, id, "end_complaint_period", nil, "complaint_period_ended", as("bea"))
	w.gateway.happen(payment, process.FactFundsReleased)
	w.sync(t, payment)
	return id
}

func TestSessions(t *testing.T) {
	t.Parallel()
	w := newShop(t)
	first := w.sell(t, "1")
	second := w.sell(t, "2")
	say := func(id, text, who string) string {
		w.clock.advance(time.Second)
		return w.call(t, "POST", "/v1/transactions/"+id+"/messages", map[string]any{"content": text}, as(who)).is(201).at("id")
	}
	question := say(first, "Is it still there?", "bea")
	say(first, "Please answer", "bea")
	say(second, "Sent", "sam")
	page := w.call(t, "GET", "/v1/sessions?limit=1", nil, as("sam")).is(200).has(map[string]string{
		"items.0.transaction.id": second, "items.0.last_message.content": "Sent", "items.0.unread": "0", "items.1": "absent", "total": "2",
	})
	page = w.call(t, "GET", "/v1/sessions?limit=1&cursor="+page.at("next_cursor"), nil, as("sam")).is(200).has(map[string]string{
		"items.0.transaction.id": first, "items.0.last_message.content": "Please answer", "items.0.unread": "2", "next_cursor": "<nil>",
	})
	if page.at("items.0.transaction.redirect_url") != "absent" {
		t.Error("the seller sees where the buyer pays")
	}
	read := "/v1/transactions/" + first + "/read"
	w.call(t, "POST", read, map[string]any{"message_id": question}, as("sam")).is(204)
	w.call(t, "GET", "/v1/sessions?user=sam", nil).is(200).has(map[string]string{"items.1.unread": "1"})
	w.call(t, "POST", read, map[string]any{"user_id": "sam"}).is(204)
	w.call(t, "POST", read, nil, as("sam")).is(204)
	w.call(t, "GET", "/v1/sessions?user=sam&process=escrow_online", nil).is(200).has(map[string]string{"items.1.unread": "0"})

	w.call(t, "GET", "/v1/sessions", nil).refused(400, "missing_field")
	w.call(t, "GET", "/v1/sessions?user=bea", nil, as("sam")).refused(403, "not_yourself")
	w.call(t, "GET", "/v1/sessions?user=sam&process=prepay", nil).refused(400, "unknown_process")
	w.call(t, "POST", read, map[string]any{}, as("eve")).refused(404, "transaction_not_found")
	w.call(t, "POST", read, map[string]any{}).refused(400, "missing_field")
	w.call(t, "POST", read, map[string]any{"message_id": "msg_1"}, as("sam")).refused(404, "message_not_found")
}

func TestReviews(t *testing.T) {
	t.Parallel()
	w := newShop(t)
	open := w.sell(t, "1")
	id := w.completed(t, "2")
	reviews := "/v1/transactions/" + id + "/reviews"
	good := map[string]any{"rating": 5, "content": "Quick and friendly"}
	w.call(t, "POST", "/v1/transactions/"+open+"/reviews", good, as("bea")).refused(409, "rating_not_allowed")
	for name, rating := range map[string]any{"zero": 0, "six": 6, "none": nil} {
		if a := w.call(t, "POST", reviews, map[string]any{"rating": rating}, as("bea")); a.status != 400 {
			t.Errorf("%s stars: status %d", name, a.status)
		}
	}
	w.call(t, "POST", reviews, good, as("bea")).is(201).has(map[string]string{
		"transaction_id": id, "reviewer_id": "bea", "subject_id": "sam", "rating": "5", "content": "Quick and friendly", "created_at": "2030-01-02T03:04:05Z",
	})
	w.call(t, "POST", reviews, good, as("bea")).refused(409, "already_rated")
	w.call(t, "POST", reviews, good, as("eve")).refused(404, "transaction_not_found")
	w.call(t, "POST", reviews, map[string]any{"rating": 2, "reviewer_id": "sam"}).is(201).has(map[string]string{"subject_id": "bea", "content": ""})
	w.call(t, "POST", reviews, map[string]any{"rating": 2, "reviewer_id": "sam"}, as("bea")).refused(403, "not_yourself")
	w.call(t, "GET", reviews, nil, as("sam")).is(200).has(map[string]string{"items.0.reviewer_id": "bea", "items.1.reviewer_id": "sam", "items.2": "absent"})
	w.call(t, "GET", "/v1/users/sam/rating", nil, as("bob")).is(200).has(map[string]string{
		"user_id": "sam", "average": "5.00", "votes": "1", "positive": "1", "negative": "0",
	})
	w.call(t, "GET", "/v1/users/sam/rating", nil, withKey(w.other)).is(200).has(map[string]string{"average": "0.00", "votes": "0"})
}

// part is a part of a form; file parts have a file name.
type part struct{ name, file, kind, content string }

var picture = "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01"

// upload sends a form.
func (w *world) upload(t *testing.T, path string, parts []part, options ...option) answer {
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
		w.must(err)
		_, err = out.Write([]byte(p.content))
		w.must(err)
	}
	w.must(form.Close())
	r := httptest.NewRequestWithContext(t.Context(), "POST", path, &body)
	r.Header.Set("Authorization", "Bearer "+w.key)
	r.Header.Set("Content-Type", form.FormDataContentType())
	for _, o := range options {
		o(r)
	}
	return serve(t, w.server.Handler(), r)
}

func TestEvidence(t *testing.T) {
	t.Parallel()
	w := newShop(t)
	id := w.sell(t, "1")
	path := "/v1/transactions/" + id + "/evidence"
	file := part{"file", `..\scratch "big".png`, "image/png", picture}
	added := w.upload(t, path, []part{file}, as("bea")).is(201).has(map[string]string{
		"transaction_id": id, "uploader_id": "bea", "type": "image/png", "size": "20", "created_at": "2030-01-02T03:04:05Z",
	})
	if again := w.upload(t, path, []part{file}, as("bea")).is(201); again.body != added.body {
		t.Errorf("the same file again is %s, at first %s", again.body, added.body)
	}
	w.upload(t, path, []part{{"file", "note.txt", "text/plain", "it came <late>"}, {"uploader_id", "", "", "sam"}}).is(201)
	w.upload(t, path, []part{{"file", "ruling.txt", "text/plain", "both were heard"}}, staff("op")).is(201).has(map[string]string{"uploader_id": "op"})
	w.call(t, "GET", path, nil, as("sam")).is(200).has(map[string]string{"items.0.id": added.at("id"), "items.1.uploader_id": "sam", "items.3": "absent"})
	w.call(t, "GET", "/v1/transactions/"+id+"/messages", nil).is(200).has(map[string]string{"items.0.kind": "file"})

	shown := w.call(t, "GET", path+"/"+added.at("id"), nil, as("sam")).is(200)
	want := map[string]string{
		"Content-Type": "image/png", "X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; sandbox", "Cache-Control": "no-store",
	}
	for name, value := range want {
		if got := shown.header.Get(name); got != value {
			t.Errorf("%s is %q, want %q", name, got, value)
		}
	}
	if shown.body != picture || !strings.HasPrefix(shown.header.Get("Content-Disposition"), "attachment; filename=") {
		t.Errorf("content %q as %q", shown.body, shown.header.Get("Content-Disposition"))
	}
	text := w.call(t, "GET", path+"/"+w.call(t, "GET", path, nil).at("items.1.id"), nil).is(200)
	if got := text.header.Get("Content-Type"); got != "application/octet-stream" {
		t.Errorf("a text is sent as %q", got)
	}
	w.call(t, "GET", path+"/"+added.at("id"), nil, as("eve")).refused(404, "transaction_not_found")
	w.call(t, "GET", path+"/nothing", nil).refused(404, "evidence_not_found")
	w.call(t, "GET", path+"/"+added.at("id"), nil, withKey(w.other)).refused(404, "transaction_not_found")
}

func TestEvidence_refusals(t *testing.T) {
	t.Parallel()
	w := newShop(t)
	path := "/v1/transactions/" + w.sell(t, "1") + "/evidence"
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
		"no party":       {[]part{file, {"uploader_id", "", "", "eve"}}, "", 403, "not_participant"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) { // one after the other: a user sends one file at a time
			var options []option
			if tc.as != "" {
				options = append(options, as(tc.as))
			}
			w.upload(t, path, tc.parts, options...).refused(tc.status, tc.code)
		})
	}
	w.call(t, "POST", path, map[string]any{"file": "a"}, as("bea")).refused(415, "unsupported_media_type")
	w.call(t, "POST", path, "--x\r\ncut", as("bea"), header("Content-Type", "multipart/form-data; boundary=x")).refused(400, "body_incomplete")
}
