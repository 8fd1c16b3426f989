package due

import (
	"context"
	"errors"
)

// circles bounds Settle and Upkeep: what gives itself work without end is left to the next time.
const circles = 10

// Settle does what is due until nothing is, but for upkeep: in circles through the list, until
// each job was asked since the last one that did something. Before each circle it asks came
// whether anything came from elsewhere since the one before, so that all are asked again. It
// reports whether nothing was left.
func (l *List) Settle(ctx context.Context, came func(ctx context.Context) (bool, error)) (quiet bool, err error) {
	return l.settle(ctx, came, func(j Job) bool { return !j.Upkeep })
}

// Upkeep does the upkeep until nothing of it is left.
func (l *List) Upkeep(ctx context.Context) error {
	_, err := l.settle(ctx, func(context.Context) (bool, error) { return false, nil }, func(j Job) bool { return j.Upkeep })
	return err
}

func (l *List) settle(ctx context.Context, came func(ctx context.Context) (bool, error), wanted func(Job) bool) (quiet bool, err error) {
	upto := len(l.jobs)
	for range circles {
		anew, err := came(ctx)
		switch {
		case err != nil:
			return false, err
		case anew:
			upto = len(l.jobs)
		case upto == 0:
			return true, nil
		}
		if upto, err = l.circle(ctx, upto, wanted); err != nil {
			return false, err
		}
	}
	return false, nil
}

// circle asks jobs in their order: so many, and all if one of these did something. It returns
// how many are to be asked again.
func (l *List) circle(ctx context.Context, upto int, wanted func(Job) bool) (again int, err error) {
	var errs []error
	for i := 0; i < len(l.jobs) && i < upto; i++ {
		j := l.jobs[i]
		if j.Lasting || !wanted(j.Job) {
			continue
		}
		n, err := l.ask(ctx, j)
		errs = append(errs, err)
		if n > 0 {
			upto = len(l.jobs)
		}
		if n > 0 && !j.Onward {
			again = i + 1
		}
	}
	return again, errors.Join(errs...)
}
