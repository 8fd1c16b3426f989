package sandbox

import (
	"cmp"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

// firstTransactionID is where transaction ids start; ids are never reused within a world.
const firstTransactionID = 1309

// world is everything that one client of the API can see and change. The sandbox's mutex guards it.
type world struct {
	cfg    Config
	start  time.Time     // virtual
	began  time.Time     // real time at which start was the present, for Follow
	offset time.Duration // by how much the clock was advanced
	random *rand.Rand
	timers timers

	requests     uint64
	users        map[string]*user
	transactions map[int64]*online
	nextID       int64
	joinCodes    map[string]*online
	effects      []Effect
	faults       []Fault
	outbox       outbox
}

// user is a guest or a full user.
type user struct {
	id           string
	country      string
	guest        bool
	consent      bool
	transactions []*online // in ascending order of id
}

// Effect is one thing that really happened, for judging what a client caused: a retried call that was already done shows
// up as a second effect.
type Effect struct {
	// Operation is the API operation, control call or automatic step; see the package documentation.
	Operation string `json:"operation"`
	// TransactionID is 0 for effects without a transaction.
	TransactionID int64 `json:"transaction_id,omitempty"`
	// At is the virtual time in UTC.
	At time.Time `json:"at"`
	// RequestNo numbers the API calls that passed authentication and the control calls on transactions since New or Reset;
	// it is 0 for automatic steps.
	RequestNo uint64 `json:"request_no"`
}

func newWorld(cfg Config) *world {
	began := cfg.Now()
	w := &world{
		cfg:          cfg,
		start:        orDefault(cfg.Start.IsZero(), began, cfg.Start).UTC().Truncate(time.Second),
		began:        began,
		random:       rand.New(rand.NewPCG(cfg.Seed, 0x68616e6473656c)),
		users:        map[string]*user{},
		transactions: map[int64]*online{},
		nextID:       firstTransactionID,
		joinCodes:    map[string]*online{},
		outbox:       outbox{endpoint: endpoint{cfg.WebhookURL, cfg.WebhookUsername, cfg.WebhookPassword}},
	}
	for _, u := range cfg.Users {
		w.addUser(u)
	}
	return w
}

func (w *world) addUser(u User) {
	w.users[u.ID] = &user{id: u.ID, country: u.Country, consent: !u.NoConsent}
}

// add gives a new transaction its id and puts it among those of its parties.
func (w *world) add(t *online, by origin) {
	t.ID = w.nextID
	w.nextID++
	t.Status = created
	t.Created = by.at
	t.ClientID = w.cfg.ClientID
	t.Quantity = 1
	t.clientSecret = "pi_" + w.token(24) + "_secret_" + w.token(24)
	w.transactions[t.ID] = t
	w.link(t, t.SellerID)
	w.link(t, t.BuyerID)
}

// link lists a transaction with one of its parties. Joining late must not break the order of ids.
func (w *world) link(t *online, userID string) {
	u, ok := w.users[userID]
	if !ok {
		return
	}
	i, found := slices.BinarySearchFunc(u.transactions, t.ID, func(o *online, id int64) int { return cmp.Compare(o.ID, id) })
	if !found {
		u.transactions = slices.Insert(u.transactions, i, t)
	}
}

func (w *world) record(by origin, transactionID int64) {
	w.effects = append(w.effects, Effect{Operation: by.operation, TransactionID: transactionID, At: by.at, RequestNo: by.request})
}

func (w *world) uuid() string {
	b := w.bytes(16)
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// token is a random string of n hexadecimal digits.
func (w *world) token(n int) string { return hex.EncodeToString(w.bytes((n + 1) / 2))[:n] }

func (w *world) bytes(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(w.random.Uint32())
	}
	return b
}
