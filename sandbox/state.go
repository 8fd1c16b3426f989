package sandbox

import (
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

// state is everything that one client of the API can see and change. The sandbox's mutex guards it.
type state struct {
	*stage.Core
	cfg    Config
	source *rand.PCG
	random *rand.Rand

	requests      uint64
	users         map[string]*user
	online        *book[*online]
	f2f           *book[*f2f]
	listings      map[string]*listing
	notifications notifications
	effects       []Effect
}

// user is a guest or a full user. Its fields are exported for snapshots only.
type user struct {
	ID      string `json:"id"`
	Email   string `json:"email,omitempty"`
	First   string `json:"first,omitempty"`
	Last    string `json:"last,omitempty"`
	Country string `json:"country,omitempty"`
	Guest   bool   `json:"guest,omitempty"`
	Consent bool   `json:"consent,omitempty"`
	// Unfinished is as in [User].
	Unfinished bool    `json:"unfinished,omitempty"`
	Profile    profile `json:"profile,omitzero"`
	// The rest is as in [User], too.
	Company        bool   `json:"company,omitempty"`
	Unidentifiable bool   `json:"unidentifiable,omitempty"`
	Payout         string `json:"payout,omitempty"`
}

// as sets what is known of a full user's account.
func (u *user) as(known User) {
	u.Consent, u.Unfinished, u.Company, u.Unidentifiable, u.Payout = !known.NoConsent, known.Unfinished, known.Company, known.Unidentifiable, known.Payout
}

// Effect is one thing that really happened, for judging what a client caused: a retried call that was already done shows
// up as a second effect.
type Effect struct {
	// Operation is the name of a route, control call or automatic step; see the package documentation.
	Operation string `json:"operation"`
	// TransactionID is 0 for effects without a transaction. Operations of the face-to-face model start with p2p_.
	TransactionID int64 `json:"transaction_id,omitempty"`
	// At is the virtual time in UTC.
	At time.Time `json:"at"`
	// RequestNo numbers the API calls that passed authentication and the control calls on transactions since New or Reset;
	// it is 0 for automatic steps.
	RequestNo uint64 `json:"request_no"`
}

func newState(cfg Config, core *stage.Core) *state {
	source := rand.NewPCG(cfg.Seed, 0x68616e6473656c)
	w := &state{
		Core:     core,
		cfg:      cfg,
		source:   source,
		random:   rand.New(source),
		users:    map[string]*user{},
		listings: map[string]*listing{},
	}
	w.online = newBook(cfg.FirstID, rules[*online]{model: "basic", events: "basic_tx", apart: "incompatible_countries", excess: "invalid_limit",
		join: onlineJoin, reject: onlineReject, timeouts: onlineTimeouts, enter: enterOnline})
	w.f2f = newBook(cfg.FirstF2FID, rules[*f2f]{model: "p2p", events: "p2p_tx", apart: "incompatible_platforms",
		stateless: "seller_country_code_not_set", excess: "excessive_limit",
		join: f2fJoin, reject: f2fReject, timeouts: f2fTimeouts, enter: enterF2F, claimed: setGuests})
	for _, u := range cfg.Users {
		w.addUser(u)
	}
	return w
}

func (w *state) addUser(u User) {
	code, _ := country(u.Country)
	added := &user{ID: u.ID, Email: u.Email, Country: code}
	added.as(u)
	w.users[u.ID] = added
}

func (w *state) record(by origin, transactionID int64) {
	w.effects = append(w.effects, Effect{Operation: by.operation, TransactionID: transactionID, At: by.at, RequestNo: by.request})
}

func (w *state) uuid() string {
	b := w.bytes(16)
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// token is a random string of n hexadecimal digits.
func (w *state) token(n int) string { return hex.EncodeToString(w.bytes((n + 1) / 2))[:n] }

func (w *state) bytes(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(w.random.Uint32())
	}
	return b
}
