package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// steering is shared by the commands that steer an emulator.
type steering struct {
	SandboxURL string `env:"HANDSEL_SANDBOX_URL" default:"http://127.0.0.1:8421" help:"Address of the emulator; by default Trustap's of handsel dev or handsel sandbox, whose clock is that of all others."`
}

// control calls a control of the emulator.
func (s steering) control(ctx context.Context, method, path, body string, answer any) error {
	u, err := url.Parse(s.SandboxURL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return usage(fmt.Errorf("HANDSEL_SANDBOX_URL %.200q is no address of an emulator; it begins with http:// or https://", s.SandboxURL))
	}
	return request{method: method, url: strings.TrimRight(s.SandboxURL, "/") + "/_sandbox" + path, body: body}.send(ctx, "", answer)
}

type clockCommand struct {
	Show    clockShow    `cmd:"" default:"withargs" help:"Show the time of handsel dev, or of an emulator." example:"handsel clock show"`
	Advance clockAdvance `cmd:"" help:"Move it forward; everything that falls due on the way happens." example:"handsel clock advance 3d"`
}

type clockShow struct {
	steering           `embed:""`
	reading[clockLine] `embed:""`
}

// clockLine is the time of an emulator.
type clockLine struct {
	Now time.Time `json:"now"`
}

// Run prints the time.
func (c clockShow) Run(env environment) error {
	var l clockLine
	if err := c.control(env, http.MethodGet, "/clock", "", &l); err != nil {
		return err
	}
	return c.print(env, l)
}

type clockAdvance struct {
	clockShow
	By span `arg:"" help:"By how much: 3d, 12h or 90m."`
}

// Run moves the clock, and prints the new time.
func (c clockAdvance) Run(env environment) error {
	if c.By < span(time.Second) {
		return usage(errors.New("the clock only goes forward, by a second at least"))
	}
	var l clockLine
	body := fmt.Sprintf(`{"seconds":%d}`, int64(time.Duration(c.By)/time.Second))
	if err := c.control(env, http.MethodPost, "/clock/advance", body, &l); err != nil {
		return err
	}
	return c.print(env, l)
}

func (c clockShow) print(env environment, l clockLine) error {
	return c.show(env, func() error {
		_, err := fmt.Fprintln(env.out, utc(l.Now))
		return err
	}, l)
}

// span is a time from now on: days, which have 24 hours, or a duration.
type span time.Duration

// UnmarshalText reads 90d or 1h30m.
func (s *span) UnmarshalText(text []byte) error {
	if days, ok := strings.CutSuffix(string(text), "d"); ok {
		n, err := strconv.ParseUint(days, 10, 16)
		*s = span(n) * span(24*time.Hour)
		if err == nil {
			return nil
		}
	}
	d, err := time.ParseDuration(string(text))
	if err != nil {
		return fmt.Errorf("%q is not a time from now on, such as 90d, 12h or 1h30m", text)
	}
	*s = span(d)
	return nil
}
