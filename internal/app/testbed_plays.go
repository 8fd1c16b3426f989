package app

import (
	"context"

	"github.com/google/uuid"

	"github.com/handsel-dev/handsel/internal/plays"
)

// target is this testbed as plays see it.
func (w *Testbed) target() plays.Target {
	return plays.Target{
		URL: w.Config.URL, Key: w.Key, Emulators: w.emulatorURLs(), Send: w.Config.Send, Run: RandomSecret()[:16], NewID: uuid.NewString,
		Token: func(id, name string, operator bool) (string, error) {
			return w.Token(SampleUser{ID: id, Name: name, Operator: operator})
		},
	}
}

// Fill plays the samples, once in the life of a database. Its listeners have to answer already.
func (w *Testbed) Fill(ctx context.Context) error {
	mine := RandomSecret()
	stored, err := w.Store.Setting(ctx, "sample_deals", func() string { return mine })
	if err != nil || stored != mine {
		return err
	}
	return plays.Fill(ctx, w.target())
}
