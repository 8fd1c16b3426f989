package app

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"
)

// Home is a folder in which a testbed is kept from one start to the next: its database, what its sandboxes hold, and who it
// is. One program has it at a time.
type Home struct {
	Folder string
	Identity
	lock *os.File
}

// Identity is what a testbed that is kept goes by.
type Identity struct {
	Made        time.Time         `json:"made"` // in real time; users' tokens are of then
	TokenSecret string            `json:"token_secret"`
	Keys        map[string]string `json:"keys"`      // by what they are for
	Addresses   map[string]string `json:"addresses"` // where it listens, by what listens
}

// keptSandbox is a sandbox as a file has it.
type keptSandbox struct {
	At    time.Time       `json:"at"` // in real time, before it was written down
	Holds json.RawMessage `json:"holds"`
}

const identityFile = "world.json"

// ErrHomeInUse is the refusal of a world that another program has.
var ErrHomeInUse = errors.New("another handsel dev runs this world; stop it first, or name another world")

// OpenHome opens a folder, which is made if it is not there. With fresh all that it holds is removed first.
func OpenHome(folder string, fresh bool) (*Home, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, err
	}
	lock, err := lockFile(filepath.Join(folder, "lock"))
	if err != nil {
		return nil, err
	}
	w := &Home{Folder: folder, lock: lock}
	if fresh {
		err = w.empty()
	}
	if err == nil {
		err = w.identify()
	}
	if err != nil {
		return nil, errors.Join(err, w.Close())
	}
	return w, nil
}

// Close lets others have it.
func (w *Home) Close() error { return w.lock.Close() }

// Database is the file of its database.
func (w *Home) Database() string { return filepath.Join(w.Folder, "handsel.db") }

// empty removes all but the lock.
func (w *Home) empty() error {
	entries, err := os.ReadDir(w.Folder)
	for _, e := range entries {
		if e.Name() != "lock" {
			err = errors.Join(err, os.RemoveAll(filepath.Join(w.Folder, e.Name())))
		}
	}
	return err
}

func (w *Home) identify() error {
	b, err := os.ReadFile(filepath.Join(w.Folder, identityFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = json.Unmarshal(b, &w.Identity)
	}
	return w.damaged(identityFile, err)
}

func (w *Home) damaged(file string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s cannot be read, as if another version had written it; begin the world anew with --fresh: %w", filepath.Join(w.Folder, file), err)
}

// keys are those of the sample communities; a testbed that is forgotten has none.
func (w *Home) keys() map[string]string {
	if w == nil {
		return map[string]string{}
	}
	if w.Keys == nil {
		w.Keys = map[string]string{}
	}
	return w.Keys
}

// Known reports whether it was there before.
func (w *Home) Known() bool { return !w.Made.IsZero() }

// Remember keeps who the testbed is.
func (w *Home) Remember() error {
	b, err := json.MarshalIndent(w.Identity, "", "  ")
	if err != nil {
		return err
	}
	return w.write(identityFile, b)
}

// write replaces a file as a whole, so that who is killed leaves the old one or the new one.
func (w *Home) write(name string, b []byte) error {
	path := filepath.Join(w.Folder, name)
	if err := os.WriteFile(path+".new", b, 0o600); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

// chronicler writes down what a sandbox holds before anybody is told of it, so that a world whose program was killed knows
// all that its engine does.
type chronicler struct {
	world   *Home
	file    string
	holds   func() ([]byte, error)
	moved   func() int // counts what happened at the sandbox
	wall    func() time.Time
	warn    func(error)
	asked   atomic.Uint64
	mu      sync.Mutex
	written uint64       // the last request to write that was met
	saw     atomic.Int64 // moved, when it was written last
}

// write meets all requests that came before it begins; who waited for it need not write again.
func (c *chronicler) write() {
	mine := c.asked.Add(1)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.written >= mine {
		return
	}
	upTo, moved, at := c.asked.Load(), c.moved(), c.wall()
	b, err := c.holds()
	if err == nil {
		b, err = json.Marshal(keptSandbox{at, b})
	}
	if err == nil {
		err = c.world.write(c.file, b)
	}
	if err != nil {
		c.warn(err)
		return
	}
	c.written = upTo
	c.saw.Store(int64(moved))
}

// before writes, if the request may have changed something or something has happened since.
func (c *chronicler) before(next http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w := &lateWriter{ResponseWriter: rw, before: func() {
			if r.Method != http.MethodGet && r.Method != http.MethodHead || int64(c.moved()) != c.saw.Load() {
				c.write()
			}
		}}
		next.ServeHTTP(w, r)
		w.once.Do(w.before)
	})
}

// lateWriter does something before the first byte of an answer.
type lateWriter struct {
	http.ResponseWriter
	before func()
	once   sync.Once
}

// WriteHeader implements http.ResponseWriter.
func (w *lateWriter) WriteHeader(status int) {
	w.once.Do(w.before)
	w.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (w *lateWriter) Write(b []byte) (int, error) {
	w.once.Do(w.before)
	return w.ResponseWriter.Write(b)
}

// Unwrap lets faults close the connection.
func (w *lateWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// holder is a sandbox that can be written down.
type holder interface {
	Snapshot() ([]byte, error)
	Restore(b []byte) error
}

// chronicle goes on with what a sandbox held, and writes down from now on what it holds. away is how long ago it was written;
// zero: it was not.
func (w *Testbed) chronicle(gateway string, of holder, moved func() int) (away time.Duration, err error) {
	world := w.Config.World
	if world == nil {
		return 0, nil
	}
	c := &chronicler{world: world, file: gateway + ".json", holds: of.Snapshot, moved: moved, wall: w.wall, warn: func(err error) {
		w.log.Warn("the world is not kept", "gateway", gateway, "error", err)
	}}
	if w.chroniclers == nil {
		w.chroniclers = map[string]*chronicler{}
	}
	w.chroniclers[gateway] = c
	if !world.Known() {
		return 0, nil
	}
	var was keptSandbox
	b, err := os.ReadFile(filepath.Join(world.Folder, c.file))
	if err == nil {
		err = json.Unmarshal(b, &was)
	}
	if err == nil {
		err = of.Restore(was.Holds)
	}
	return max(w.wall().Sub(was.At), 0), world.damaged(c.file, err)
}

// Kept is what serves a sandbox: in a world that is kept, it writes down what it holds before it answers.
func (w *Testbed) Kept(gateway string, next http.Handler) http.Handler {
	if c := w.chroniclers[gateway]; c != nil {
		return c.before(next)
	}
	return next
}

// keep writes all sandboxes down, and who this is.
func (w *Testbed) keep() error {
	world := w.Config.World
	if world == nil {
		return nil
	}
	for _, c := range w.chroniclers {
		c.write()
	}
	if !world.Known() {
		world.Made = w.wall().UTC().Truncate(time.Second)
	}
	world.TokenSecret = w.Config.TokenSecret
	return world.Remember()
}
