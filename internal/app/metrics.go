package app

import (
	"context"
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/handsel-dev/handsel/internal/sqlstore"
)

// storeMetrics shows what is known of the database in memory: a scrape asks it nothing.
type storeMetrics struct {
	store             *sqlstore.DB
	rows, bytes, skew *prometheus.Desc

	mu    sync.Mutex
	sizes []sqlstore.Size // a minute old at most
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

// look asks the database for its sizes.
func (m *storeMetrics) look(ctx context.Context) error {
	sizes, err := m.store.Sizes(ctx)
	if err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sizes = sizes
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
