package stage

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"sync"
)

// maxWorlds bounds how many API keys get a world of their own.
const maxWorlds = 10_000

// Kind is what all emulators of one gateway have alike. It is made once per process. S is the state of one world.
type Kind[S any] struct {
	Name string // in logs
	// Save is what Snapshot prints of a world. Load reads it into an empty one; false means that it cannot be from a snapshot.
	Save func(S) Value
	Load func(S, []byte) bool
	// Routes are the calls of the API, for faults and for whoever looks at the controls.
	Routes []Route
	// Refusing are the kinds of faults that answer something and leave a call without effect, besides html.
	Refusing map[string]func() Reply
	// Elsewhere answers such a fault where an API of the gateway refuses in other words, by the name of the call; nil, or not ok:
	// all calls refuse alike.
	Elsewhere func(operation, fault string) (answer Reply, ok bool)
	// Controls are the gateway's own; one with the method and path of a common one takes its place.
	Controls []Control[S]
	// Encode prints JSON as the gateway does; nil means JSON.
	Encode func(Value) []byte
	// Refuse words a refusal of the controls; nil means Refuse.
	Refuse func(code string, about ...any) *Refusal
}

// Route is a call of an API, as faults name it.
type Route struct {
	Name   string `json:"name"`
	Method string `json:"method"`
	Path   string `json:"path"`
}

func (k *Kind[S]) refuse(code string, about ...any) *Refusal {
	if k.Refuse == nil {
		return Refuse(code)
	}
	return k.Refuse(code, about...)
}

// reply prints an answer of a control.
func (k *Kind[S]) reply(status int, v any) Reply {
	if k.Encode == nil {
		return Reply{Status: status, Body: JSON(v)}
	}
	return Reply{Status: status, Body: k.Encode(v)}
}

func (k *Kind[S]) refused(err error) Reply {
	refusal := RefusalOf(err)
	return k.reply(refusal.Status, refusal)
}

// Stage is one emulator without its gateway. All calls take turns.
type Stage[S any] struct {
	kind    *Kind[S]
	cfg     Config
	fresh   func(*Core) S
	ctx     context.Context // ends with Close
	stop    context.CancelFunc
	senders sync.WaitGroup

	mu    sync.Mutex
	moved *sync.Cond // signals every change of an outbox
	main  *World[S]
	all   []*World[S] // by number
	byKey map[string]*World[S]
}

// World is what one API key can see and change. Worlds know nothing of each other. The first of [Config.APIKeys], or without
// such a list the first key that is used, has the main world, which is also the one that controls without a key address;
// every further key gets a world of its own, set up alike, unless [Config.SharedWorld] is set.
type World[S any] struct {
	stage  *Stage[S]
	number int
	core   *Core
	state  S // core and state are guarded by the stage's lock
}

// New makes an emulator's stage with its main world; fresh makes the state of an empty world.
func New[S any](kind *Kind[S], cfg Config, fresh func(*Core) S) (*Stage[S], error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	s := &Stage[S]{kind: kind, cfg: cfg, fresh: fresh, byKey: map[string]*World[S]{}}
	s.ctx, s.stop = context.WithCancel(context.Background())
	s.moved = sync.NewCond(&s.mu)
	s.main = s.add()
	if len(cfg.APIKeys) > 0 {
		s.byKey[cfg.APIKeys[0]] = s.main
	}
	return s, nil
}

// Close stops sending webhooks, aborts requests that a fault holds, and waits until the last delivery has ended. It always
// returns nil.
func (s *Stage[S]) Close() error {
	s.mu.Lock()
	s.stop()
	s.mu.Unlock()
	s.senders.Wait()
	return nil
}

// Log writes a request into the log, without its query.
func (s *Stage[S]) Log(r *http.Request) {
	s.cfg.Logger.DebugContext(r.Context(), s.kind.Name+" request", "method", r.Method, "path", r.URL.Path)
}

func (s *Stage[S]) add() *World[S] {
	w := &World[S]{stage: s, number: len(s.all) + 1, core: newCore(&s.cfg, len(s.all)+1)}
	w.state = s.fresh(w.core)
	s.all = append(s.all, w)
	return w
}

// Main is the main world.
func (s *Stage[S]) Main() *World[S] { return s.main }

// Accepts reports whether a key may be used.
func (s *Stage[S]) Accepts(key string) bool {
	return key != "" && (len(s.cfg.APIKeys) == 0 || slices.Contains(s.cfg.APIKeys, key))
}

// ForKey finds or makes the world of a key. The refusals are unauthorized and too_many_worlds.
func (s *Stage[S]) ForKey(key string) (*World[S], error) {
	if !s.Accepts(key) {
		return nil, s.kind.refuse("unauthorized")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cfg.SharedWorld {
		return s.main, nil
	}
	if w := s.byKey[key]; w != nil {
		return w, nil
	}
	if len(s.byKey) >= maxWorlds {
		return nil, s.kind.refuse("too_many_worlds")
	}
	w := s.main
	if len(s.byKey) > 0 {
		w = s.add()
	}
	s.byKey[key] = w
	return w, nil
}

// Numbered finds the world with a number, or the main one.
func (s *Stage[S]) Numbered(number int) *World[S] {
	s.mu.Lock()
	defer s.mu.Unlock()
	if number < 1 || number > len(s.all) {
		return s.main
	}
	return s.all[number-1]
}

// Linked finds the world that a link names in its query; without one it is the main one.
func (s *Stage[S]) Linked(r *http.Request) *World[S] {
	number, _ := strconv.Atoi(r.URL.Query().Get("world")) // anything else means the main world
	return s.Numbered(number)
}

// Find is the first world in which something holds, or the main one.
func (s *Stage[S]) Find(holds func(S) bool) *World[S] {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.IndexFunc(s.all, func(w *World[S]) bool { return holds(w.state) })
	return s.all[max(i, 0)]
}

// Number counts the worlds of an emulator from 1.
func (w *World[S]) Number() int { return w.number }

// Do runs one command against a world: what fell due before it is done first, what it makes due at once is done after it,
// and the webhooks of all that go out.
func Do[S any](w *World[S], command func(S)) {
	w.stage.mu.Lock()
	defer w.stage.mu.Unlock()
	w.settle()
	command(w.state)
	w.settle()
	w.send()
}

func (w *World[S]) settle() {
	if !w.stage.cfg.ByTick {
		w.core.Timers.run(w.core.Now())
	}
}

// Reset brings the world back to how New left it: clock, ids, objects, faults, webhooks and their endpoint. Other worlds
// stay, and so does a clock that is kept elsewhere.
func (w *World[S]) Reset() {
	w.stage.mu.Lock()
	core := newCore(&w.stage.cfg, w.number)
	w.become(core, w.stage.fresh(core))
	w.stage.mu.Unlock()
	w.announceTime()
}

// become puts another state into a world. An old sender ends with the delivery that it is at.
func (w *World[S]) become(core *Core, state S) {
	w.core.outbox.queue = nil
	w.core, w.state = core, state
	w.stage.moved.Broadcast()
}
