package orchestrator

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Reference is what a gateway keeps for us with a payment, or with what was done to it.
type Reference struct {
	Text string // what Operation.Reference gave; another text if it is not ours
	// MadeAt is when the gateway got it, by its clock; zero: it does not tell.
	MadeAt time.Time
}

// References makes and reads the references of one installation, which are the ids of its
// operations: the installation, the time, something random and a tag that nobody can make
// without the key. Anybody may write a text at a gateway, so only the tag tells that this
// installation wrote it. The zero value makes plain ids and takes none for its own.
type References struct {
	// Installation begins every reference. It stays the same for the life of a database.
	Installation string
	// Key makes the tags. It lives in the database and is restored with it.
	Key string
	// SignedSince is from when on every release that runs on this database makes tags. A
	// reference without one is ours only if the gateway got it before.
	SignedSince time.Time
}

// tagMark stands before the tag; no id without a tag contains it.
const tagMark = "_"

// tagBytes is how much of the MAC is kept: 80 bits, which are 16 letters.
const tagBytes = 10

var tagLetters = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

func (r References) tag(body string) string {
	return tagLetters.EncodeToString(r.mac("handsel references, version 1", body)[:tagBytes])
}

// mac is a MAC under a key that is made for a purpose.
func (r References) mac(purpose, text string) []byte {
	key := hmac.New(sha256.New, []byte(r.Key))
	key.Write([]byte(purpose))
	mac := hmac.New(sha256.New, key.Sum(nil))
	mac.Write([]byte(text))
	return mac.Sum(nil)
}

// signed makes a text that only this installation can have made for a purpose.
func (r References) signed(purpose, random string) string {
	return random + tagMark + tagLetters.EncodeToString(r.mac(purpose, random)[:tagBytes])
}

// hasSigned reports whether signed has made a text.
func (r References) hasSigned(purpose, text string) bool {
	at := strings.LastIndex(text, tagMark)
	return at >= 0 && hmac.Equal([]byte(text), []byte(r.signed(purpose, text[:at])))
}

func (r References) make(now time.Time, random string) string {
	if r.Installation == "" {
		return random
	}
	body := fmt.Sprintf("%s-%08x-%s", r.Installation, now.Unix(), random)
	return body + tagMark + r.tag(body)
}

// origin is who wrote a reference.
type origin int

const (
	foreign origin = iota // somebody who does not claim to be us
	genuine               // this installation, maybe before its database was restored
	forged                // somebody who claims to be this installation
)

// read tells who wrote a reference and, of our own, when. Whether the database knows it is
// another question: one that it knows is ours whatever it looks like.
func (r References) read(ref Reference) (at time.Time, who origin) {
	rest, claimed := strings.CutPrefix(ref.Text, r.Installation+"-")
	if !claimed || r.Installation == "" {
		return at, foreign
	}
	stamp, _, _ := strings.Cut(rest, "-")
	seconds, err := strconv.ParseInt(stamp, 16, 64)
	if err != nil {
		return at, foreign
	}
	at = time.Unix(seconds, 0).UTC()
	mark := strings.LastIndex(ref.Text, tagMark)
	switch {
	case mark >= 0 && hmac.Equal([]byte(ref.Text[mark+len(tagMark):]), []byte(r.tag(ref.Text[:mark]))):
		return at, genuine
	case mark < 0 && at.Before(r.SignedSince) && ref.MadeAt.Before(r.SignedSince):
		return at, genuine
	}
	return at, forged
}

// maxForged is how many forged references are remembered.
const maxForged = 1000

// forgeries remembers forged references, so that each is told once.
type forgeries struct {
	mu   sync.Mutex
	seen map[string]bool
}

// first reports whether a text was not noted before.
func (f *forgeries) first(text string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.seen[text] {
		return false
	}
	if len(f.seen) >= maxForged || f.seen == nil {
		f.seen = map[string]bool{}
	}
	f.seen[text] = true
	return true
}
