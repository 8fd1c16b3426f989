package app

import (
	"context"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/handsel-dev/handsel/internal/due"
	"github.com/handsel-dev/handsel/internal/sqlstore"
)

// storeMetrics shows what is known of the database in memory: a scrape asks it nothing.
type storeMetrics struct {
	store             *sqlstore.DB
	rows, bytes, skew *prometheus.Desc

	mu    sync.Mutex
	sizes []sqlstore.Size
	asked time.Time // when they were, in real time
}

func newStoreMetrics(r prometheus.Registerer, store *sqlstore.DB) (*storeMetrics, error) {
	m := &storeMetrics{
		store: store,
		rows:  prometheus.NewDesc("handsel_table_rows", "About how many rows a table has: the database's own estimate, once a minute.", []string{"table"}, nil),
		bytes: prometheus.NewDesc("handsel_table_bytes", "Size of a table with its indexes, once a minute; on PostgreSQL only.", []string{"table"}, nil),
		skew:  prometheus.NewDesc("handsel_clock_skew_seconds", "How far this machine's clock is ahead of the database's, at least.", nil, nil),
	}
	return m, r.Register(m)
}

// sizesLast is how long sizes are shown, in real time, however fast the clock of the deals is
// played.
const sizesLast = time.Minute

// look asks the database for its sizes, unless that was done just before now.
func (m *storeMetrics) look(ctx context.Context, now time.Time) error {
	m.mu.Lock()
	known := m.sizes != nil && now.Sub(m.asked).Abs() < sizesLast
	m.mu.Unlock()
	if known {
		return nil
	}
	sizes, err := m.store.Sizes(ctx)
	if err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sizes, m.asked = sizes, now
	return nil
}

// Describe implements prometheus.Collector.
func (m *storeMetrics) Describe(to chan<- *prometheus.Desc) {
	to <- m.rows
	to <- m.bytes
	to <- m.skew
}

// Collect implements prometheus.Collector.
func (m *storeMetrics) Collect(to chan<- prometheus.Metric) {
	m.mu.Lock()
	sizes := m.sizes
	m.mu.Unlock()
	for _, s := range sizes {
		to <- prometheus.MustNewConstMetric(m.rows, prometheus.GaugeValue, float64(s.Rows), s.Table)
		if s.Bytes >= 0 {
			to <- prometheus.MustNewConstMetric(m.bytes, prometheus.GaugeValue, float64(s.Bytes), s.Table)
		}
	}
	to <- prometheus.MustNewConstMetric(m.skew, prometheus.GaugeValue, m.store.Skew().Seconds())
}

// dueMetrics shows the automatic work, job by job.
type dueMetrics struct {
	rows, oldest *prometheus.GaugeVec
	late         *prometheus.HistogramVec
	done, failed *prometheus.CounterVec
}

var _ due.Observer = (*dueMetrics)(nil)

func newDueMetrics(r prometheus.Registerer) (*dueMetrics, error) {
	job := []string{"job"}
	m := &dueMetrics{
		rows: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "handsel_due_rows", Help: "How many rows the last look at what is due has claimed.",
		}, job),
		oldest: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "handsel_due_oldest_seconds", Help: "For how long the first of them had been due; 0 without any.",
		}, job),
		late: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "handsel_due_late_seconds", Help: "How long after it first was due a row was begun.",
			Buckets: []float64{0.1, 1, 5, 15, 60, 300, 3600, 86400},
		}, job),
		done:   prometheus.NewCounterVec(prometheus.CounterOpts{Name: "handsel_due_done_total", Help: "Due work that was done."}, job),
		failed: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "handsel_due_failures_total", Help: "Rows and rounds that failed."}, job),
	}
	for _, c := range []prometheus.Collector{m.rows, m.oldest, m.late, m.done, m.failed} {
		if err := r.Register(c); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// Found implements due.Observer.
func (m *dueMetrics) Found(job string, rows int, oldest time.Duration) {
	m.rows.WithLabelValues(job).Set(float64(rows))
	m.oldest.WithLabelValues(job).Set(oldest.Seconds())
}

// Began implements due.Observer.
func (m *dueMetrics) Began(job string, late time.Duration) {
	m.late.WithLabelValues(job).Observe(late.Seconds())
}

// Ended implements due.Observer.
func (m *dueMetrics) Ended(job string, n int) { m.done.WithLabelValues(job).Add(float64(n)) }

// Failed implements due.Observer.
func (m *dueMetrics) Failed(job string) { m.failed.WithLabelValues(job).Inc() }
