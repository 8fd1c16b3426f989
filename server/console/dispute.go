package console

import (
	"cmp"
	"context"
	"mime"
	"net/http"
	"strconv"
	"strings"

	"github.com/handsel-dev/handsel/conversations"
	"github.com/handsel-dev/handsel/exchange"
	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/paging"
	"github.com/handsel-dev/handsel/listings"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/server/web"
)

// heard is a dispute as its page shows it.
type heard struct {
	told
	Path   string
	Task   *task           // nil: nobody has to decide
	Mine   bool            // the visitor looks after it
	Order  *exchange.Order // nil: it is none, or another one's to decide
	Hidden bool            // chat and evidence are only for who has the case
	Quiet  bool            // the visitor has a role that does not read what people write
	Sides  []side          // the buyer, the seller
	Others []file          // of staff
	Chat   []orchestrator.Message
	Later  string // address of the next messages; empty: there are none
}

// side is one of the two, with what they say and show, and what is known of them.
type side struct {
	Role, User string
	Said       []orchestrator.Saying
	Files      []file
	Record     orchestrator.Record
	Rating     *conversations.Rating // nil: there are none here
}

// file is a piece of evidence with the way to it.
type file struct {
	conversations.File
	Path string
}

// disputed reports whether two sides want the money of a deal.
func (f face) disputed(t tx) bool {
	p, err := f.Engine.Processes().Find(t.Process)
	if err != nil {
		return false
	}
	info, _ := p.StateInfo(t.State)
	return info.Dispute
}

func (f face) dispute(v visit) error {
	id, err := f.theDeal(v)
	if err != nil {
		return err
	}
	ctx := v.Request.Context()
	x, err := f.Engine.Explain(ctx, v.Community, id, v.actor())
	if err != nil {
		return err
	}
	h := heard{told: told{Explanation: x, Path: f.path(id), Now: f.Engine.Now(), say: v.say}, Path: f.disputePath(id)}
	if err := f.theCase(v, &h); err != nil {
		return err
	}
	if h.Asked, err = f.waiting(v, id); err != nil {
		return err
	}
	h.Quiet = !v.reads()
	if err := f.sides(v, &h); err != nil {
		return err
	}
	if h.Hidden = f.traded(x.Transaction) && (!h.Mine || h.Quiet); !h.Hidden {
		if err := f.hear(v, &h); err != nil {
			return err
		}
	}
	return f.showDeal(v, v.say("Dispute: %s", f.row(x.Transaction).title()), x, disputePage(v, h))
}

// theCase finds who looks after a dispute.
func (f face) theCase(v visit, h *heard) error {
	id := strconv.FormatInt(h.Transaction.ID, 10)
	for _, kind := range caseKinds {
		found, err := f.Engine.Tasks(v.Request.Context(), orchestrator.TaskFilter{CommunityID: v.Community, ID: string(kind) + "/" + id, Limit: 1})
		if err != nil {
			return err
		}
		if len(found) == 0 {
			continue
		}
		shown, err := f.shown(v, found)
		if err != nil {
			return err
		}
		h.Task, h.Mine = &shown[0], shown[0].Owner == v.SignIn.Name
	}
	if !f.traded(h.Transaction) {
		return nil
	}
	holders, err := f.Trading.Holders(v.Request.Context(), v.trader(), h.Transaction.ID) // also of what is decided
	holder := holders[h.Transaction.ID]
	if h.Mine = holder == v.SignIn.Name; h.Task != nil {
		h.Task.Owner = holder // whoever else the task was given to decides nothing
	}
	return err
}

// sides are what the two say, and what is known of them.
func (f face) sides(v visit, h *heard) error {
	ctx, registry := v.Request.Context(), f.Engine.Processes()
	for _, s := range []side{{Role: v.say("Buyer"), User: h.Transaction.Buyer}, {Role: v.say("Seller"), User: h.Transaction.Seller}} {
		if s.User == "" {
			continue
		}
		dealings, err := f.Finder.Dealings(ctx, v.Community, s.User, orchestrator.DisputeStates(registry))
		if err != nil {
			return err
		}
		s.Record = orchestrator.RecordOf(registry, s.User, dealings)
		if f.Talks != nil {
			rating, err := f.Talks.Rating(ctx, v.Community, s.User)
			if err != nil {
				return err
			}
			s.Rating = &rating
		}
		for _, said := range h.Said {
			if !h.Quiet && said.Actor == (process.Actor{Kind: process.User, ID: s.User}).String() {
				s.Said = append(s.Said, said)
			}
		}
		h.Sides = append(h.Sides, s)
	}
	return nil
}

// hear reads the chat and the evidence. What staff reads of an order of the exchange is a line of the audit log.
func (f face) hear(v visit, h *heard) error {
	ctx, id, from := v.Request.Context(), h.Transaction.ID, 0
	if text := v.Query("from"); text != "" {
		var err error
		if from, err = strconv.Atoi(text); err != nil || from < 0 {
			return web.Invalid("invalid_cursor", "from", "from must be a number of messages")
		}
	}
	var err error
	switch {
	case h.Quiet:
	case f.traded(h.Transaction):
		order, err := f.Trading.Order(ctx, v.trader(), id)
		if err != nil {
			return err
		}
		h.Order = &order
		h.Chat, _, err = f.Trading.Messages(ctx, v.trader(), id, listings.Page{Limit: perPage, Offset: int64(from)})
		if err != nil {
			return err
		}
	default:
		h.Chat, err = f.Engine.Messages(ctx, v.Community, orchestrator.MessageFilter{TransactionID: id, Limit: perPage, Offset: from}, v.actor())
	}
	if err != nil {
		return err
	}
	if paging.GoesOn(h.Chat, perPage) {
		h.Later = h.Path + "?from=" + strconv.Itoa(from+len(h.Chat)) + "#chat"
	}
	if f.Talks == nil {
		return nil
	}
	ref, err := f.reading(v, h.Transaction)
	if err != nil {
		return err
	}
	files, err := f.Talks.Files(ctx, ref)
	if err != nil {
		return err
	}
	h.share(files)
	return nil
}

// share gives each side its files.
func (h *heard) share(files []conversations.File) {
	for _, one := range files {
		shown, whose := file{one, h.Path + "/evidence/" + one.ID}, false
		for i := range h.Sides {
			if h.Sides[i].User == one.Uploader {
				h.Sides[i].Files, whose = append(h.Sides[i].Files, shown), true
			}
		}
		if !whose {
			h.Others = append(h.Others, shown)
		}
	}
}

// reading lets somebody read the evidence of a deal. That of an order is for who has the case, which the exchange notes.
func (f face) reading(v visit, t tx) (conversations.Ref, error) {
	ref := conversations.Ref{CommunityID: v.Community, TransactionID: t.ID, Actor: v.actor()}
	var err error
	if f.traded(t) {
		ref.Actor, err = f.Trading.Admit(v.Request.Context(), v.trader(), t.ID)
	}
	return ref, err
}

// inert are the types that a browser only ever shows as what they are.
var inert = map[string]bool{"image/png": true, "image/jpeg": true, "image/webp": true}

// evidence sends a file of a stranger, as one to store and not to look at in this place.
func (f face) evidence(v visit) error {
	id, err := f.theDeal(v)
	if err != nil {
		return err
	}
	t, err := f.Engine.Find(v.Request.Context(), v.Community, id, v.actor())
	if err != nil {
		return err
	}
	if f.Talks == nil {
		return fault.New(fault.NotFound, "evidence_not_found", "this server keeps no evidence")
	}
	ref, err := f.reading(v, t)
	if err != nil {
		return err
	}
	one, content, err := f.Talks.Open(v.Request.Context(), ref, v.Param("file"))
	if err != nil {
		return err
	}
	kind := "application/octet-stream"
	if inert[one.Type] {
		kind = one.Type
	}
	v.Header("Content-Disposition", cmp.Or(mime.FormatMediaType("attachment", map[string]string{"filename": one.Name}), "attachment"))
	v.Header("Content-Security-Policy", "default-src 'none'; sandbox")
	v.Data(http.StatusOK, kind, content)
	return nil
}

// words say what a message is, where it is no text of a party.
func words(ctx context.Context, m orchestrator.Message) string {
	switch m.Kind {
	case orchestrator.OfFile:
		_, name, _ := strings.Cut(m.Content, " ")
		return say(ctx, "added the file %s", name)
	default:
		return m.Content
	}
}

func speaker(ctx context.Context, m orchestrator.Message) string {
	return cmp.Or(m.Sender, say(ctx, "the system"))
}

// known says what somebody has done.
func known(ctx context.Context, r orchestrator.Record) string {
	d := r.Dispute
	text := number(ctx, r.Deals, "One deal", "%d deals")
	if r.Deals == orchestrator.MaxRecorded {
		text = say(ctx, "The newest %s deals", thousands(strconv.Itoa(r.Deals)))
	}
	return text + ": " + say(ctx, "%d in progress, %d paid out. Disputes: %d, of them %d won, %d lost, %d shared, %d open.", r.Going, r.Paid, d.All, d.Won, d.Lost, d.Shared, d.Open)
}

// rated says what others say of somebody.
func rated(ctx context.Context, r *conversations.Rating) string {
	if r == nil || r.Votes == 0 {
		return say(ctx, "Nobody has rated them.")
	}
	return say(ctx, "%s of 5 stars by %s, %d good and %d bad.", r.Average, number(ctx, int(r.Votes), "one vote", "%d votes"), r.Positive, r.Negative)
}

// agreed says what an order is about.
func agreed(ctx context.Context, o exchange.Order) string {
	return say(ctx, "%s for %s by %s", amount(ctx, money.New(o.Amount, money.Currency(o.Currency))), amount(ctx, money.New(o.Fiat, money.Currency(o.FiatCode))), o.Method)
}
