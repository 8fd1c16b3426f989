package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"net/textproto"
	"slices"
	"strings"

	"github.com/handsel-dev/handsel/internal/app"
	"github.com/handsel-dev/handsel/internal/mail"
	"github.com/handsel-dev/handsel/notices"
	"github.com/handsel-dev/handsel/orchestrator"
)

// holdings are a user's balance in kopecks.
type holdings struct {
	Available int64 `json:"available"`
	Frozen    int64 `json:"frozen"`
}

// scene is what must be so after a step.
type scene struct {
	status, reason string // of the order; empty: there is none, or it is not cancelled
	alice, bob     holdings
	told           []string // what was told since the last scene: name and type, Alice's first
}

// traders are Alice and Bob, in the order in which they are shown.
func traders() []app.SampleUser { return []app.SampleUser{app.Alice, app.Bob} }

// first is a user's first name.
func first(u app.SampleUser) string {
	name, _, _ := strings.Cut(u.Name, " ")
	return name
}

func rubles(kopecks int64) string { return fmt.Sprintf("%d.%02d", kopecks/100, kopecks%100) }

// as calls the exchange as one of its users.
func (d *p2pDemo) as(u app.SampleUser, method, path, body string, answer any) error {
	token, err := d.Token(u)
	if err != nil {
		return err
	}
	return d.send(request{method: method, url: d.Config.URL + "/api/v1/p2p/" + path, token: token, body: body}, answer)
}

// orders is a path below the order's.
func (d *p2pDemo) orders(what string) string { return fmt.Sprintf("orders/%d/%s", d.order, what) }

// buy lets Bob take a part of Alice's ad.
func (d *p2pDemo) buy(kopecks int64) error {
	var order struct {
		ID int64 `json:"id"`
	}
	err := d.as(app.Bob, "POST", "orders", fmt.Sprintf(`{"ad_id":%d,"usdt_amount":%d,"payment_method":"bank_transfer"}`, d.ad, kopecks), &order)
	d.order = order.ID
	return err
}

func (d *p2pDemo) say(u app.SampleUser, text string) error {
	body, err := json.Marshal(map[string]string{"message": text})
	if err != nil {
		return err
	}
	return d.as(u, "POST", d.orders("messages"), string(body), nil)
}

func (d *p2pDemo) upload(u app.SampleUser, name, content string) error {
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreatePart(textproto.MIMEHeader{
		"Content-Disposition": {multipart.FileContentDisposition("file", name)}, "Content-Type": {"text/plain"},
	})
	if err != nil {
		return err
	}
	if _, err := part.Write([]byte(content)); err != nil {
		return err
	}
	if err := form.Close(); err != nil {
		return err
	}
	token, err := d.Token(u)
	if err != nil {
		return err
	}
	return d.send(request{
		method: "POST", url: d.Config.URL + "/api/v1/p2p/" + d.orders("evidence"), token: token, body: body.String(), kind: form.FormDataContentType(),
	}, nil)
}

// ratingOf is the average of the other side, as a reader sees it beside their chat.
func (d *p2pDemo) ratingOf(reader app.SampleUser) (string, error) {
	var chats struct {
		Items []struct {
			Counterparty struct {
				Ratings struct {
					Average json.Number `json:"average_rating"`
				} `json:"ratings"`
			} `json:"counterparty"`
		} `json:"items"`
	}
	if err := d.as(reader, "GET", "sessions", "", &chats); err != nil {
		return "", err
	}
	if len(chats.Items) != 1 {
		return "", fmt.Errorf("%s has %d chats, want 1", reader.Name, len(chats.Items))
	}
	return chats.Items[0].Counterparty.Ratings.Average.String(), nil
}

// show prints how things stand, and fails unless they stand as they should.
func (d *p2pDemo) show(what string, want scene) error {
	d.title(what)
	if err := d.showOrder(want); err != nil {
		return err
	}
	for i, u := range traders() {
		var got holdings
		if err := d.as(u, "GET", "balance", "", &got); err != nil {
			return err
		}
		fmt.Fprintf(d.out, "   balance  %-6s %12s available %10s frozen\n", first(u), rubles(got.Available), rubles(got.Frozen))
		if wanted := []holdings{want.alice, want.bob}[i]; got != wanted {
			return fmt.Errorf("%s has %+v, want %+v", u.Name, got, wanted)
		}
	}
	if want.status != "" {
		if err := d.showChat(); err != nil {
			return err
		}
	}
	return d.showNews(want.told)
}

func (d *p2pDemo) showOrder(want scene) error {
	if want.status == "" {
		return nil
	}
	var order struct {
		Status      string `json:"status"`
		Reason      string `json:"cancel_reason"`
		Amount      int64  `json:"amount_minor"`
		Fiat        int64  `json:"fiat_amount"`
		PayDeadline string `json:"pay_deadline"`
	}
	if err := d.as(app.Bob, "GET", strings.TrimSuffix(d.orders(""), "/"), "", &order); err != nil {
		return err
	}
	more := ""
	switch order.Status {
	case "pending":
		more = ", to be paid by " + order.PayDeadline
	case "cancelled":
		more = ", " + order.Reason
	}
	fmt.Fprintf(d.out, "   order    %s, %s for %s RUB%s\n", order.Status, rubles(order.Amount), rubles(order.Fiat), more)
	if order.Status != want.status || order.Reason != want.reason {
		return fmt.Errorf("the order is %s (%s), want %s (%s)", order.Status, order.Reason, want.status, want.reason)
	}
	return nil
}

// showChat prints the messages that are new.
func (d *p2pDemo) showChat() error {
	var chat struct {
		Items []struct {
			ID      int64  `json:"id"`
			Sender  string `json:"sender_id"`
			Kind    string `json:"kind"`
			Message string `json:"message"`
		} `json:"items"`
	}
	if err := d.as(app.Bob, "GET", d.orders("messages"), "", &chat); err != nil {
		return err
	}
	for _, m := range chat.Items {
		if m.ID <= d.chat {
			continue
		}
		d.chat = m.ID
		if _, name, ok := strings.Cut(m.Message, " "); ok && m.Kind == string(orchestrator.OfFile) {
			m.Message = "shows " + name
		}
		sender := "Handsel"
		for _, u := range append(traders(), app.Olga) {
			if u.ID == m.Sender {
				sender = first(u)
			}
		}
		fmt.Fprintf(d.out, "   chat     %-6s %s\n", sender, m.Message)
	}
	return nil
}

// showNews waits for the news that are due and prints them. They come a moment
// after the commit that they tell of.
func (d *p2pDemo) showNews(want []string) error {
	var news []notices.Entry
	err := d.until(fmt.Sprintf("%d pieces of news", len(want)), func() (bool, error) {
		var err error
		news, err = d.news()
		return len(news) >= len(want), err
	})
	if err != nil {
		return err
	}
	got := make([]string, len(news))
	for i, e := range news {
		d.seen[e.UserID] = max(d.seen[e.UserID], e.Sequence)
		var told struct {
			Message string `json:"message"`
		}
		if err := json.Unmarshal(e.Data, &told); err != nil {
			return err
		}
		name := first(traders()[slices.IndexFunc(traders(), func(u app.SampleUser) bool { return u.ID == e.UserID })])
		got[i] = name + " " + e.Type
		fmt.Fprintf(d.out, "   notice   %-6s %s: %s\n", name, e.Type, told.Message)
	}
	slices.Sort(got)
	if sorted := slices.Sorted(slices.Values(want)); !slices.Equal(got, sorted) {
		return fmt.Errorf("the notices are %q, want %q", got, sorted)
	}
	return nil
}

// news are the entries of both feeds that were not shown yet.
func (d *p2pDemo) news() ([]notices.Entry, error) {
	var all []notices.Entry
	for _, u := range traders() {
		entries, err := d.Store.FeedEntries(d.ctx, app.SampleCommunity, u.ID, d.seen[u.ID], 100)
		if err != nil {
			return nil, err
		}
		all = append(all, entries...)
	}
	return all, nil
}

// letters shows the e-mails of the whole play and proves the books.
func (d *p2pDemo) letters() error {
	const want = 19
	// How many there are of unread messages depends on the quarter of an hour in which it is played.
	sent := func() []mail.Message {
		return slices.DeleteFunc(d.Mailbox.Messages(), func(m mail.Message) bool { return m.Kind == notices.MessagesWaiting })
	}
	err := d.until(fmt.Sprintf("%d e-mails", want), func() (bool, error) { return len(sent()) >= want, nil })
	if err != nil {
		return fmt.Errorf("%w; there are %d", err, len(sent()))
	}
	d.title("The e-mails that they got")
	messages := sent()
	slices.Reverse(messages)
	for _, m := range messages {
		name := cmp.Or(map[string]string{app.Alice.ID + "@example.invalid": "Alice", app.Bob.ID + "@example.invalid": "Bob"}[m.To], m.To)
		fmt.Fprintf(d.out, "   e-mail   %-6s %s\n", name, m.Subject)
	}
	if len(messages) != want {
		return fmt.Errorf("%d e-mails were sent, want %d", len(messages), want)
	}
	if err := d.audit(); err != nil {
		return err
	}
	_, err = fmt.Fprintf(d.out, "\nThe books balance: every entry sums to zero, nothing is frozen, all invariants hold.\n")
	return err
}
