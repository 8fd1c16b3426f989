package server

import (
	"runtime"
	"time"

	"github.com/handsel-dev/handsel/money"
)

// Functions that are tested on their own.
var (
	Decimal   = decimal
	ReadLogin = readLogin
	Number    = number
)

// ReadOffer, ReadAd, ReadOrder and ReadVerdict read and check bodies like the
// routes do.
func ReadOffer(body []byte, rate int64) (amount int64, err error) {
	var in offerIn
	if err := decode(body, besidesDetails, &in); err != nil {
		return 0, err
	}
	return in.amount(money.Rate{Price: rate, From: 2, To: 2})
}

func ReadAd(body []byte) error {
	var in adIn
	if err := decode(body, besidesDetails, &in); err != nil {
		return err
	}
	_, err := in.terms("RUB", maxAmount)
	return err
}

func ReadOrder(body []byte) error {
	var in orderIn
	if err := decode(body, besidesDetails, &in); err != nil {
		return err
	}
	_, err := in.take()
	return err
}

func ReadVerdict(body []byte) error {
	var in verdictIn
	if err := decode(body, besidesDetails, &in); err != nil {
		return err
	}
	_, err := in.verdict()
	return err
}

// Hurry makes what websockets wait for come sooner.
func (s *Sockets) Hurry(login, poll, check time.Duration) {
	p := &s.pace
	p.login, p.poll, p.check = login, poll, check
}

// HurryWrites bounds how long a websocket waits for its reader.
func (s *Sockets) HurryWrites(d time.Duration) { s.pace.write = d }

// Wait waits until so many users have websockets open.
func (s *Sockets) Wait(users int) {
	for {
		s.mu.Lock()
		n := len(s.byUser)
		s.mu.Unlock()
		if n == users {
			return
		}
		runtime.Gosched()
	}
}
