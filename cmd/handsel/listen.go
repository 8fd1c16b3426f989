package main

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/notices/events"
	"github.com/handsel-dev/handsel/webhooks/outbound"
)

type listenCommand struct {
	serverSetting `embed:""`
	forwarding    `embed:""`
	ForwardTo     string   `required:"" placeholder:"URL" help:"Where events go: an address of this machine, or any other by https. localhost:3000/webhooks will do."`
	Types         []string `default:"*" placeholder:"TYPE" names:"events" help:"transaction.paid, or transaction.* for all of a noun, separated by commas."`
	After         int64    `default:"-1" placeholder:"SEQUENCE" help:"Begin after this event of the log, 0 for the first one; by default with what happens from now on."`
}

// Run forwards events until it is told to stop.
func (c listenCommand) Run(env environment) error {
	if err := c.serverSetting.check(); err != nil {
		return err
	}
	for _, t := range c.Types {
		if !events.Known(t) {
			return unknownEvent(t)
		}
	}
	f, err := c.forwarder(c.ForwardTo)
	if err != nil {
		return err
	}
	defer f.sender.Close()
	l := &listener{listenCommand: c, forwarder: f, env: env}
	if c.After < 0 {
		if l.After, err = c.lastEvent(env); err != nil {
			return err
		}
	}
	env.say("Events of %s go to %s. Stop it with Ctrl-C.\nThey are signed with %s, which stays the same on this machine.", c.URL, f.address, f.secret.Reveal())
	err = l.follow()
	env.say("Stopped. --after=%d goes on from here.", l.After)
	return err
}

// listener follows a log. After is the event that was forwarded last.
type listener struct {
	listenCommand
	*forwarder
	env    environment
	broken bool // it was said that the connection is broken
}

const (
	comeBack = time.Second      // after which a connection that broke is made anew; our choice
	silence  = 45 * time.Second // of a stream, which pings every 15 seconds: it is broken
)

// follow makes the connection again whenever it breaks. It ends with the context, or when the
// server refuses it for good.
func (l *listener) follow() error {
	for {
		err := l.connect()
		if l.env.Err() != nil {
			return nil
		}
		if r, ok := errors.AsType[*refusedCall](err); ok && !r.passing() {
			return err
		}
		if err != nil && !l.broken {
			l.broken = true
			fmt.Fprintf(l.env.errOut, "handsel: the connection is broken and is tried again: %v\n", err)
		}
		select {
		case <-l.env.Done():
		case <-time.After(comeBack):
		}
	}
}

// connect reads one connection to its end.
func (l *listener) connect() error {
	query := url.Values{"after": {strconv.FormatInt(l.After, 10)}, "type": {strings.Join(l.Types, ",")}}
	return readStream(l.env, request{method: "GET", url: l.at("/v1/events/stream?" + query.Encode()), token: l.Key}, func(e streamed) error {
		if l.broken {
			l.broken = false
			fmt.Fprintln(l.env.errOut, "handsel: the connection is there again")
		}
		if e.sequence <= l.After {
			return nil // a repeat, or the beginning of a connection
		}
		if err := l.forward(l.env, e.data); err != nil {
			return err
		}
		l.After = e.sequence
		return nil
	})
}

// forwarding is shared by the commands that play the worker of webhooks.
type forwarding struct {
	Secret string `env:"HANDSEL_LISTEN_SECRET" placeholder:"whsec_…" help:"Sign with this secret; by default with one that is made once and kept on this machine."`
}

// forwarder sends events to one address, as the server sends them to an endpoint.
type forwarder struct {
	sender  *outbound.Sender
	signer  *outbound.Signer
	secret  outbound.Secret
	address string
}

func (c forwarding) forwarder(to string) (*forwarder, error) {
	if !strings.Contains(to, "://") {
		to = "http://" + to
	}
	guard := outbound.Guard{Loopback: true}
	if err := guard.Check(to); err != nil {
		return nil, fmt.Errorf("--forward-to: %w", err)
	}
	secret, err := c.secret()
	if err != nil {
		return nil, err
	}
	sender, err := outbound.NewSender(outbound.SenderConfig{Guard: guard, Now: time.Now, Elapsed: func() func() time.Duration {
		begun := time.Now()
		return func() time.Duration { return time.Since(begun) }
	}})
	if err != nil {
		return nil, err
	}
	return &forwarder{sender: sender, signer: outbound.NewSigner([]outbound.Secret{secret}, time.Now()), secret: secret, address: to}, nil
}

// forward sends an event once and prints what became of it.
func (f *forwarder) forward(env environment, data []byte) error {
	e, err := shownEvent(data)
	if err != nil {
		return err
	}
	a := f.sender.Send(env, f.address, e.ID, data, f.signer)
	outcome := a.Error
	if a.Status != 0 {
		outcome = strings.TrimSpace(strconv.Itoa(a.Status) + " " + a.Error)
	}
	_, err = fmt.Fprintf(env.out, "%s  %-32s  %-12s  %5d ms  %s\n", a.At.Local().Format(time.TimeOnly), e.Type, outcome, a.Millis, e.ID)
	return err
}
