// Package console has the pages on which a marketplace's staff sees where money is, what is at risk, and what can be
// done: server-rendered, with nothing from elsewhere, and with a script of its own that no page needs. Everything goes through the engine, so
// that what a person may do here is what the API would let an operator do, with the same second person above the limit.
//
// Reading a page changes nothing. What changes something is previewed first, says why, and is a line of the audit log.
package console

import (
	"context"
	"encoding/base64"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/handsel-dev/handsel/conversations"
	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/apikey"
	"github.com/handsel-dev/handsel/internal/pass"
	"github.com/handsel-dev/handsel/internal/publicid"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/idempotency"
	"github.com/handsel-dev/handsel/orchestrator/ledger"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/server/hooks"
	"github.com/handsel-dev/handsel/server/languages"
	"github.com/handsel-dev/handsel/server/look"
	"github.com/handsel-dev/handsel/server/web"
	"github.com/handsel-dev/handsel/timeline"
	"github.com/handsel-dev/handsel/webhooks"
)

// Books reads what was posted.
type Books interface {
	Entries(ctx context.Context, transactions ...int64) ([]orchestrator.PostedEntry, error)
}

// Sums are what was posted, added up.
type Sums interface {
	BookTotals(ctx context.Context, community int64, before time.Time) ([]orchestrator.BookTotal, error)
	BookMonths(ctx context.Context, community int64, kind ledger.Kind) ([]orchestrator.BookTotal, error)
	BookLines(ctx context.Context, f orchestrator.BookFilter) ([]orchestrator.BookLine, error)
	ExportLines(ctx context.Context, f orchestrator.ExportFilter) (lines []orchestrator.BookLine, next int64, err error)
	BookCheck(ctx context.Context, community int64) (orchestrator.BookCheck, error)
	Looks(ctx context.Context) ([]orchestrator.Look, error)
}

// Arrivals are what gateways reported.
type Arrivals interface {
	ListArrivals(ctx context.Context, f webhooks.ArrivalFilter) ([]webhooks.Arrival, error)
	ReplayArrival(ctx context.Context, community, id int64, by orchestrator.By) error
	TurnedAway(ctx context.Context) ([]webhooks.TurnedAway, error)
}

// Approvals reads what waits for a second person.
type Approvals interface {
	ListApprovals(ctx context.Context, f orchestrator.ApprovalFilter) ([]orchestrator.Approval, error)
	ApprovalLimits(ctx context.Context, community int64) (orchestrator.Limits, error)
	Operators(ctx context.Context, community int64) ([]string, error)
}

// Finder searches deals, and what somebody has done in theirs.
type Finder interface {
	Search(ctx context.Context, q orchestrator.Search) (orchestrator.Found, error)
	DealsByID(ctx context.Context, community int64, ids []int64) ([]orchestrator.Transaction, error)
	Dealings(ctx context.Context, community int64, user string, disputes []process.State) ([]orchestrator.Dealing, error)
}

// Talks are what people say about each other, and show.
type Talks interface {
	Rating(ctx context.Context, community int64, user string) (conversations.Rating, error)
	Files(ctx context.Context, ref conversations.Ref) ([]conversations.File, error)
	Open(ctx context.Context, ref conversations.Ref, id string) (conversations.File, []byte, error)
}

// Timeline is what happened around deals, and what staff writes down there.
type Timeline interface {
	timeline.Store
	timeline.Notes
}

// Parts are what the face is made of; all are required.
type Parts struct {
	Engine    *orchestrator.Engine
	Door      *Door
	Books     Books
	Sums      Sums
	Finder    Finder
	Timeline  Timeline
	Approvals Approvals
	Arrivals  Arrivals
	Audit     orchestrator.Auditor
	IDs       publicid.Codec
	Replies   idempotency.Runner // of forms that were sent
	// Log and Hub keep pages as they are now; nil: pages stay as they were asked for.
	Log Log
	Hub Hub
	// Hooks are the rooms of webhook endpoints. Without a desk there are no such pages.
	Hooks hooks.Rooms
	Jobs  Jobs
	Late  Late
	// Talks and Trading are those of the deals; nil: there is no evidence, or no exchange.
	Talks   Talks
	Trading Trading
	Traders Traders // nil: there is no exchange
	People  People
	Shelf   Shelf // nil: no listings are kept here
	Ads     Ads   // nil: there is no exchange
	Mails   Mails
	// What a community has set, and the keys of its backends. Mode is that of the keys that this server takes; empty: both.
	Terms       Terms
	Letterheads Letterheads
	Templates   Templates // nil: communities write no e-mails themselves
	Origins     Origins   // nil: no pages of a community's own may call
	Keys        Keys
	Assets      money.Assets
	Mode        apikey.Mode
	// Name is what a community calls itself.
	Name func(ctx context.Context, community int64) (string, error)
	// Playground is that of handsel dev; nil: this is no such server.
	Playground Playground
	// Ending is closed when the server shuts down: what lasts ends then.
	Ending <-chan struct{}
}

type face struct {
	Parts
	sameSite *http.CrossOriginProtection
	watch    *watch
	viewers  *web.Turns
	hashing  *web.Turns
}

const (
	home  = "/console"
	open  = home + "/open/{token}"
	enter = home + "/sign-in"
	leave = home + "/leave"
	deals = home + "/deals"
	one   = deals + "/{id}"
	step  = one + "/do/{transition}"
	risk  = home + "/risk"
	aTask = risk + "/{id}/{act}"
	// Cases that somebody decides.
	disputes = home + "/disputes"
	aDispute = disputes + "/{id}"

	// People who deal.
	sellers = home + "/sellers"
	aSeller = sellers + "/{user}"

	// What admins set.
	community = home + "/community"
	keysPath  = home + "/keys"

	// What is on offer, and what people were sent.
	shelf     = home + "/listings"
	adsPath   = home + "/ads"
	mailsPath = home + "/mails"

	second = home + "/approvals"
	decide = second + "/{id}/{act}"
	audit  = home + "/audit"
	stays  = home + "/sessions"
	live   = home + "/live"

	books     = home + "/books"
	entries   = books + "/entries"
	statement = books + "/statement"
	export    = books + "/export"

	// Webhooks is the path of the rooms of webhook endpoints.
	Webhooks = home + "/webhooks"
	aHook    = Webhooks + "/endpoints"
	oneHook  = aHook + "/{id}"

	jobs = home + "/jobs"
	aJob = jobs + "/{id}"

	inbox  = home + "/inbox"
	replay = inbox + "/{id}/replay"
)

// Page is a page of the console: who may have it, and what it does.
type page struct {
	method, path, name, summary string
	needs                       Role
	serve                       func(v visit) error
	from                        string // the page that its form stands on; empty: its own path
}

func (f face) pages() []page {
	const get, post = http.MethodGet, http.MethodPost
	all := []page{
		{get, home, "showOverview", "Show staff what is at risk, and what was done last", Viewer, f.overview, ""},
		{get, deals, "findDeals", "Show staff deals that a query finds", Viewer, f.find, ""},
		{get, one, "showDeal", "Show staff a deal: where its money is, what happened, what can be done", Viewer, f.deal, ""},
		{post, one, "writeNote", "Keep what staff writes down about a deal, for staff alone", Support, f.note, ""},
		{get, step, "previewStep", "Show staff what a step would do", Viewer, f.preview, ""},
		{post, step, "takeStep", "Take a step for staff", Support, f.take, ""},
		{get, risk, "showRisk", "Show staff everything that needs a person", Viewer, f.risk, ""},
		{post, aTask, "changeTask", "Take a task on for staff, or end it by their word", Support, f.changeTask, risk},
		{get, disputes, "showDisputes", "Show staff the cases that wait for a decision", Viewer, f.disputes, ""},
		{get, aDispute, "showDispute", "Show staff a case: evidence of both sides, what they say, and what they have done before", Viewer, f.dispute, ""},
		{post, aDispute + "/take", "takeDispute", "Take a case on for staff", Support, f.takeCase, disputes},
		{get, aDispute + "/evidence/{file}", "openEvidence", "Send staff a piece of evidence", Support, f.evidence, ""},
		{get, sellers, "findUsers", "Show staff the users, and find one by id or e-mail", Viewer, f.users, ""},
		{get, aSeller, "showUser", "Show staff a user: accounts, money, payouts, deals and disputes", Viewer, f.user, ""},
		{post, aSeller + "/{act}", "banUser", "Ban a user from the exchange for staff, or lift the ban", Support, f.banUser, sellers},
		{get, community, "showCommunity", "Show an admin what the community has set", Admin, f.community, ""},
		{post, community + "/{act}", "changeCommunity", "Change for an admin what the community has set", Admin, f.change, community},
		{get, keysPath, "showKeys", "Show an admin the API keys", Admin, f.keys, ""},
		{post, keysPath, "addKey", "Make an API key for an admin, and show it once", Admin, f.addKey, ""},
		{post, keysPath + "/{id}/revoke", "revokeKey", "Revoke an API key for an admin", Admin, f.revokeKey, keysPath},
		{get, mailsPath, "showMails", "Show staff which e-mails were sent, and what became of each", Viewer, f.mails, ""},
		{get, second, "showApprovals", "Show staff what waits for a second person", Viewer, f.approvals, ""},
		{post, decide, "decideApproval", "Approve or reject for staff what another asked for", Finance, f.decide, second},
		{get, audit, "showAudit", "Show staff what was done with a privilege", Viewer, f.audit, ""},
		{get, books, "showBooks", "Show staff the balances of the books, and whether they are right", Viewer, f.books, ""},
		{get, entries, "showEntries", "Show staff the entries behind a balance", Viewer, f.entries, ""},
		{get, statement, "showStatement", "Show staff what deals brought a user", Viewer, f.statement, ""},
		{get, export, "exportBooks", "Send staff all entries of a time as a file", Viewer, f.export, ""},
		{get, inbox, "showInbox", "Show staff what gateways reported, and the outcome", Viewer, f.inbox, ""},
		{post, replay, "replayMessage", "Have a gateway's message applied once more for staff", Support, f.replay, inbox},
		{get, jobs, "showJobs", "Show staff how the automatic work of this server does", Viewer, f.jobs, ""},
		{get, aJob, "showJob", "Show staff which rows of a job are late or have failed", Viewer, f.job, ""},
		{post, aJob, "hurryJob", "Have a job asked at once for staff, or a row of it tried again", Support, f.hurry, jobs},
		{get, stays, "showSessions", "Show who is signed in: an admin everybody, others themselves", Viewer, f.sessions, ""},
		{post, stays, "endSessions", "End sessions of the console everywhere", Viewer, f.endSessions, ""},
	}
	if f.Log != nil {
		all = append(all, page{get, live, "followPage", "Tell a page of staff that it is out of date, as server-sent events", Viewer, f.follow, ""})
	}
	if f.Shelf != nil {
		all = append(all,
			page{get, shelf, "showListings", "Show staff the listings", Viewer, f.listings, ""},
			page{get, shelf + "/{id}", "showListing", "Show staff a listing", Viewer, f.offer, ""},
			page{post, shelf + "/{id}/{act}", "changeListing", "Take a listing off the market for staff, or put it back", Support, f.changeOffer, shelf})
	}
	if f.Ads != nil {
		all = append(all,
			page{get, adsPath, "showAds", "Show staff the ads of the exchange", Viewer, f.ads, ""},
			page{get, adsPath + "/{id}", "showAd", "Show staff an ad", Viewer, f.offer, ""},
			page{post, adsPath + "/{id}/{act}", "changeAd", "Take an ad out of its owner's hands for staff, or give it back", Support, f.changeOffer, adsPath})
	}
	if f.Hooks.Desk == nil {
		return all
	}
	return append(all,
		page{get, Webhooks, "showEndpoints", "Show staff the webhook endpoints, and how they do", Viewer, f.hooking(f.Hooks.List), ""},
		page{get, Webhooks + "/events", "showEvents", "Show staff the newest events", Viewer, f.hooking(f.Hooks.Events), ""},
		page{post, aHook, "createEndpoint", "Create a webhook endpoint for staff", Support, f.hooking(f.Hooks.Create), Webhooks},
		page{get, oneHook, "showEndpoint", "Show staff a webhook endpoint and its deliveries", Viewer, f.hooking(f.Hooks.Endpoint), ""},
		page{post, oneHook + "/{act}", "changeEndpoint", "Change a webhook endpoint for staff, or send to it", Support, f.hooking(f.Hooks.Act), Webhooks},
	)
}

// kept are the pages that are kept as they are now.
var kept = []string{home, one, risk, second}

// Face is the face. It refuses with pages.
func Face(p Parts) web.Face {
	f := face{p, http.NewCrossOriginProtection(), newWatch(p.Log, p.Hub), newViewers(), newHashing()}
	routes := []web.Route{
		f.route(http.MethodGet, open, "showLink", "Show a person the button that signs them in", f.showLink),
		f.route(http.MethodPost, open, "openLink", "Sign a person in, once for each link", f.openLink),
		f.route(http.MethodGet, enter, "showSignIn", "Show how a person signs in", f.showSignIn),
		f.route(http.MethodPost, enter, "signIn", "Sign a person in, or have them show again who they are, by a link that they paste", f.signIn),
		f.route(http.MethodPost, byAccount, "signInByAccount", "Sign a person in by a password and a code, or have them show again who they are", f.signInByAccount),
		f.route(http.MethodGet, invite, "showInvitation", "Ask an invited person for a password and a first code", f.showInvite),
		f.route(http.MethodPost, invite, "acceptInvitation", "Make the account of an invited person, and show its recovery codes once", f.accept),
		f.route(http.MethodPost, LoginPath, "beginLogin", "Send a person to the issuer at which they log in", f.beginLogin),
		f.route(http.MethodGet, LoginPath, "endLogin", "Sign in a person who comes back from the issuer", f.endLogin),
		f.route(http.MethodPost, leave, "signOut", "End a session everywhere", f.signOut),
	}
	for _, p := range f.pages() {
		r := f.route(p.method, p.path, p.name, p.summary, f.visiting(p))
		switch p.path {
		case aDispute + "/evidence/{file}":
			r.Answer = web.Media("*/*")
		case export:
			r.Lasts, r.Answer = true, web.Media("*/*") // CSV or JSON
		case live:
			r.Lasts, r.Answer = true, web.Media("text/event-stream")
		}
		routes = append(routes, r)
	}
	return web.Face{Tag: "pages", Under: []string{home, home + "/"}, Refusal: web.RefusingPage("ConsolePage", f.refuse), Routes: routes}
}

// route is that of a page. Who sends one a form has to be on a page of this server.
func (f face) route(method, path, name, summary string, serve web.Handler) web.Route {
	r := web.Route{Method: method, Path: path, Access: web.Public, Tag: "pages", Name: "console." + name, Summary: summary, AnyQuery: true, Answer: web.Media("text/html"), Serve: serve}
	if method == http.MethodPost {
		r.Body = web.Media(web.FormType)
		r.Serve = f.changing(serve)
	}
	return r
}

// visit is a request of somebody who is signed in.
type visit struct {
	*gin.Context
	SignIn
	page page
	hash string // names their session
	seen string // the number of the newest event when the page was begun, where it is kept as it is now
}

func (v visit) actor() process.Actor { return process.Actor{Kind: process.Staff, ID: v.Name} }

func (f face) by(v visit, reason string) orchestrator.By {
	return orchestrator.By{Actor: v.actor().String(), Reason: reason, RequestID: web.RequestID(v.Context), At: f.Engine.Now()}
}

// visiting lets in who is signed in, is still an operator of the community, and has the role.
func (f face) visiting(p page) web.Handler {
	return func(c *gin.Context, _ web.Route) error {
		private(c)
		v, err := f.letIn(c, p)
		if err != nil {
			return err
		}
		if f.Log != nil && slices.Contains(kept, p.path) {
			last, err := f.Log.LastEvent(c.Request.Context(), v.Community)
			if err != nil {
				return err
			}
			v.seen = strconv.FormatInt(last, 10)
		}
		return f.once(v)
	}
}

// letIn is the visit of who is signed in and may have a page. What a page asks for when nobody does anything keeps nobody in.
func (f face) letIn(c *gin.Context, p page) (visit, error) {
	ctx, session := c.Request.Context(), f.Door.Session
	if p.path == live || c.GetHeader(quiet) != "" {
		session = f.Door.Still
	}
	s, hash, err := session(ctx, f.secret(c))
	if err != nil {
		c.Set(backKey, p.back(c))
		return visit{}, err
	}
	if err := f.Engine.CheckOperator(ctx, s.Community, s.Name, false); err != nil {
		return visit{}, err
	}
	c.Request = c.Request.WithContext(context.WithValue(ctx, assetsKey{}, f.Assets))
	v := visit{Context: c, SignIn: s, page: p, hash: hash}
	if s.Role.May(p.needs) {
		return v, nil
	}
	return v, s.may(f.suffices(v))
}

// suffices is the role that may do what a request asks for: some of what a page does needs more than the page, and who asks for a role asks once.
func (f face) suffices(v visit) Role {
	money := false
	switch v.page.path {
	case step:
		if in, err := f.wanted(v); err == nil {
			_, o, err := f.option(v, in)
			money = err == nil && (o.MovesMoney || len(o.Moves) > 0)
		}
	case aDispute + "/take":
		if id, err := f.theDeal(v); err == nil {
			_, money, _ = f.tradedCase(v, string(orchestrator.TaskMoneyWaits)+"/"+strconv.FormatInt(id, 10))
		}
	case aTask:
		if raw, err := base64.RawURLEncoding.DecodeString(v.Param("id")); err == nil && v.Param("act") == "take" {
			_, money, _ = f.tradedCase(v, string(raw))
		}
	}
	if money {
		return Finance
	}
	return v.page.needs
}

func (s SignIn) may(needed Role) error {
	if s.Role.May(needed) {
		return nil
	}
	return fault.New(fault.Forbidden, "console_role", "this needs the role %s, and you have the role %s", needed, s.Role).With("role", string(needed))
}

// reads tells whether somebody reads what people write: to each other, with a step, in notes and names of files, and where a gateway's
// message or the answer of an endpoint repeats it. Who does not is told that there is something. Every page asks here.
func (s SignIn) reads() bool { return s.Role.May(Support) }

// movesMoney is the one way to what moves money: it needs the role, and that the person has just shown who they are. Who has to
// show it again comes back to the page that they were on, as it was.
func (f face) movesMoney(v visit) error {
	if err := v.may(Finance); err != nil {
		return err
	}
	if !f.Door.Proved(v.SignIn) {
		v.Set(backKey, v.page.back(v.Context))
		return errProof
	}
	return nil
}

// changing refuses what pages of other sites send, and reads the form.
func (f face) changing(serve web.Handler) web.Handler {
	return func(c *gin.Context, r web.Route) error {
		private(c)
		if err := f.sameSite.Check(c.Request); err != nil {
			return fault.New(fault.Forbidden, "origin_not_allowed", "only the pages of this console may send this")
		}
		if err := web.ReadForm(c); err != nil {
			return err
		}
		return serve(c, r)
	}
}

// private begins every page: it is nobody else's, and in the language of who reads. Forms say which page they come from: browsers
// without Sec-Fetch-Site are held to that.
func private(c *gin.Context) {
	look.Private(c, "same-origin")
	languages.Read(c)
}

// cookie is the name of the session. Browsers keep one that begins with __Host- only by TLS, for this host
// and the whole of it, so no neighbour can plant one.
func (f face) cookie() string {
	if f.Door.Plain {
		return "handsel-console"
	}
	return "__Host-handsel-console"
}

// secret is that of a request's session; empty: it has none.
func (f face) secret(c *gin.Context) string {
	cookie, err := c.Request.Cookie(f.cookie())
	if err != nil {
		return ""
	}
	return cookie.Value
}

func (f face) setCookie(c *gin.Context, name, value string, seconds int) {
	http.SetCookie(c.Writer, &http.Cookie{Name: name, Value: value, Path: "/", MaxAge: seconds, Secure: !f.Door.Plain, HttpOnly: true, SameSite: http.SameSiteLaxMode})
}

func (f face) showLink(c *gin.Context, _ web.Route) error {
	private(c)
	if err := f.Door.Waits(c.Request.Context(), c.Param("token")); err != nil {
		return err
	}
	return look.Send(c, look.Frame{Title: "Console", Sentence: say(c.Request.Context(), "This link signs you in to the console, once.")}, openPage(c.Request.URL.Path))
}

func (f face) signOut(c *gin.Context, _ web.Route) error {
	ctx, secret := c.Request.Context(), f.secret(c)
	if s, hash, err := f.Door.Session(ctx, secret); err == nil {
		if err := f.end(visit{Context: c, SignIn: s}, pass.Chosen{CommunityID: s.Community, Hash: hash}, s.Name, "signed out"); err != nil {
			return err
		}
	}
	f.setCookie(c, f.cookie(), "", -1)
	return look.Send(c, look.Frame{Title: "Console", Sentence: say(c.Request.Context(), "You are signed out.")}, signedOutPage())
}
