package app

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/conversations"
	"github.com/handsel-dev/handsel/internal/mail"
	"github.com/handsel-dev/handsel/internal/sqlstore"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/notices"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// letterheads puts together how a community writes: what it has set, and the server's
// settings for the rest.
type letterheads struct {
	store    *sqlstore.DB
	defaults notices.Letterhead
}

// checkLetterhead wants what no message can do without.
func checkLetterhead(defaults notices.Letterhead) error {
	if defaults.Sender == "" {
		return errors.New("e-mails need the address of a sender")
	}
	return defaults.Validate()
}

// Letterhead is what holds for a community.
func (l letterheads) Letterhead(ctx context.Context, community int64) (notices.Letterhead, error) {
	if community == 0 { // what is of no community is told to who runs the server
		return notices.Letterhead{Marketplace: "Handsel", Language: mail.DefaultLanguage}.Or(l.defaults), nil
	}
	set, name, err := l.store.Letterhead(ctx, community)
	if err != nil {
		return set, err
	}
	set.Marketplace = cmp.Or(set.Marketplace, name)
	set = set.Or(l.defaults)
	set.Language = cmp.Or(set.Language, mail.DefaultLanguage)
	return set, nil
}

// OwnLetterhead is what a community has set itself.
func (l letterheads) OwnLetterhead(ctx context.Context, community int64) (notices.Letterhead, error) {
	set, _, err := l.store.Letterhead(ctx, community)
	return set, err
}

// SaveLetterhead replaces it.
func (l letterheads) SaveLetterhead(ctx context.Context, community int64, set notices.Letterhead, by orchestrator.By) error {
	return l.store.SaveLetterhead(ctx, community, set, by)
}

// WithoutOperators lists the communities whose operators have no address: nobody hears
// of what waits for them there.
func (a *App) WithoutOperators(ctx context.Context) ([]int64, error) {
	all, err := a.Store.Communities(ctx)
	if err != nil {
		return nil, err
	}
	var without []int64
	for _, c := range all {
		head, err := a.heads.Letterhead(ctx, c.ID)
		if err != nil {
			return nil, err
		}
		if head.Operators == "" {
			without = append(without, c.ID)
		}
	}
	return without, nil
}

// side is a party of a deal, as the ids of its entries and e-mails say it.
type side string

const (
	buyer  side = "buyer"
	seller side = "seller"
)

func (s side) of(tx orchestrator.Transaction) string {
	if s == buyer {
		return tx.Buyer
	}
	return tx.Seller
}

// reminder is an e-mail that a reminder of a deal gives occasion to.
type reminder struct {
	kind  mail.Kind
	to    side             // who must act
	until process.Deadline // how long they can
}

// reminders are those that go by e-mail too. The others are in the feeds only.
var reminders = map[string]reminder{
	"reminder.hold_warning":      {mail.HoldExpiring, seller, process.CaptureBefore},
	"reminder.decision_reminder": {mail.HoldExpiring, seller, process.CaptureBefore},
}

// reminded tells both sides what a deal reminds them of, and by e-mail who must act.
// What waits for operators is told to them and to nobody else.
func reminded(_ context.Context, h notices.Happening) (notices.News, error) {
	var news notices.News
	switch {
	case h.Event == nil:
		return news, nil
	case h.Event.Data["for"] == orchestrator.ForOperators:
		return staffNews(h)
	case !strings.HasPrefix(h.Event.Type, "reminder."):
		return news, nil
	}
	tx, e := h.Transaction, h.Event
	entry, err := json.Marshal(map[string]any{"type": e.Type, "transaction_id": tx.ID})
	if err != nil {
		return news, err
	}
	for _, s := range []side{buyer, seller} {
		if s.of(tx) == "" {
			continue
		}
		news.Entries = append(news.Entries, notices.Entry{
			CommunityID: tx.CommunityID, UserID: s.of(tx), ID: letterID(h, string(s)), Type: e.Type, Newer: true, Data: entry, At: e.At,
		})
	}
	r, known := reminders[e.Type]
	if !known || r.to.of(tx) == "" {
		return news, nil
	}
	l := notices.About(strconv.FormatInt(tx.ID, 10), tx.Price)
	l.Happened, l.Until = e.At, tx.Deadlines[r.until]
	m, err := letter(h, r.kind, string(r.to), r.to.of(tx), l)
	news.Mails = append(news.Mails, m)
	return news, err
}

// staffNews tells operators that a deal waits for them, and how much money.
func staffNews(h notices.Happening) (notices.News, error) {
	tx := h.Transaction
	l := notices.About(strconv.FormatInt(tx.ID, 10), money.New(tx.Funds.Held+tx.Funds.Authorized, tx.Price.Currency()))
	l.Urgency, l.Reason = h.Event.Data["urgency"], h.Event.Data["reason"]
	if h.Event.Data["waiting_days"] != "" {
		l.State = h.Event.Data["state"]
	}
	l.Days, _ = strconv.ParseInt(h.Event.Data["waiting_days"], 10, 64) // 0 where none is told
	m, err := letter(h, mail.OperatorNeeded, "operators", notices.Operators, l)
	return notices.News{Mails: []notices.Mail{m}}, err
}

// letterID is the same for every repeat of what happened, for one addressee.
func letterID(h notices.Happening, to string) string {
	return fmt.Sprintf("%d.%d.%s", h.Event.TransactionID, h.Event.Sequence, to)
}

func letter(h notices.Happening, kind mail.Kind, to, user string, l notices.Letter) (notices.Mail, error) {
	data, err := l.JSON()
	return notices.Mail{
		ID: letterID(h, to), CommunityID: h.Transaction.CommunityID, UserID: user, Kind: string(kind), Data: data, At: h.Event.At,
	}, err
}

// tellTasks queues the e-mail that tells operators of tasks that nobody looks after.
func (a *App) tellTasks(ctx context.Context) error {
	if a.post == nil {
		return nil
	}
	all, err := a.Store.Communities(ctx)
	if err != nil {
		return err
	}
	ids := make([]int64, len(all))
	for i, c := range all {
		ids[i] = c.ID
	}
	return a.Engine.TellTasks(ctx, ids, func(ctx context.Context, n orchestrator.TaskNews) error {
		data, err := tasksLetter(n).JSON()
		if err != nil {
			return err
		}
		return a.Store.AddMail(ctx, notices.Mail{
			ID:          fmt.Sprintf("tasks.%d.%x", n.CommunityID, sha256.Sum256([]byte(n.ID))),
			CommunityID: n.CommunityID, UserID: notices.Operators, Kind: string(mail.TasksWaiting), Data: data, At: n.At,
		})
	})
}

func tasksLetter(n orchestrator.TaskNews) notices.Letter {
	var l notices.Letter
	for _, c := range n.Counts {
		l.Count += int64(c.Count)
		days := int64(max(n.At.Sub(c.Oldest), 0) / (24 * time.Hour))
		l.Tasks = append(l.Tasks, mail.Waiting{Kind: string(c.Kind), Count: int64(c.Count), Days: days, Detail: n.Detail})
	}
	return l
}

// remind queues the e-mail that asks a user for a review.
func (a *App) remind(now func() time.Time) func(context.Context, conversations.Reminder) error {
	return func(ctx context.Context, r conversations.Reminder) error {
		data, err := notices.Letter{OrderID: strconv.FormatInt(r.TransactionID, 10)}.JSON()
		if err != nil {
			return err
		}
		return a.Store.AddMail(ctx, notices.Mail{
			ID:          fmt.Sprintf("review.%d.%d.%x", r.TransactionID, r.Round, sha256.Sum256([]byte(r.User))),
			CommunityID: r.CommunityID, UserID: r.User, Kind: string(mail.ReviewReminder), Data: data, At: now(),
		})
	}
}

// addresses finds e-mail addresses in users' profiles, or elsewhere.
type addresses struct {
	store *sqlstore.DB
	other func(community int64, user string) (string, bool)
}

func (a addresses) Address(ctx context.Context, community int64, user string) (string, bool, error) {
	p, found, err := a.store.Profile(ctx, community, user)
	if err != nil || found && p.Email != "" {
		return p.Email, found, err
	}
	if a.other == nil {
		return "", false, nil
	}
	address, found := a.other(community, user)
	return address, found, nil
}
