package web

import (
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/handsel-dev/handsel/fault"
)

// httpMetrics counts requests by the route's template, never by path.
type httpMetrics struct {
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	refused  *prometheus.CounterVec
}

func newHTTPMetrics(r prometheus.Registerer) (*httpMetrics, error) {
	m := &httpMetrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "handsel_http_requests_total", Help: "Requests answered.",
		}, []string{"method", "route", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "handsel_http_request_seconds", Help: "Time from a request's header to its answer.",
		}, []string{"method", "route"}),
	}
	m.refused = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "handsel_refused_total", Help: "Calls that their caller may not make, by code.",
	}, []string{"code"})
	return m, Register(r, m.requests, m.seconds, m.refused)
}

func (m *httpMetrics) observe(method, route string, status int, took time.Duration) {
	method = knownMethod(method)
	m.requests.WithLabelValues(method, route, strconv.Itoa(status)).Inc()
	m.seconds.WithLabelValues(method, route).Observe(took.Seconds())
}

// CountRefusal counts a call that its caller may not make.
func (k *Kit) CountRefusal(code fault.Reason) { k.metrics.refused.WithLabelValues(string(code)).Inc() }

// knownMethod keeps callers from making labels up.
func knownMethod(method string) string {
	switch method {
	case "GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH":
		return method
	}
	return "other"
}

// Register registers collectors until one is refused.
func Register(r prometheus.Registerer, collectors ...prometheus.Collector) error {
	for _, c := range collectors {
		if err := r.Register(c); err != nil {
			return err
		}
	}
	return nil
}
