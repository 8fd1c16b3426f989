package mail

import "encoding/json"

// JSON is the data as they are queued until the message is written.
func (d Data) JSON() (json.RawMessage, error) { return json.Marshal(d) }
