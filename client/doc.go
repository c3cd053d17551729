// Package client is the HTTP peer: it sends request messages to nodes and reads
// their answers (spec 02, 14).
//
//	c := client.New(client.Options{})
//	v, err := c.Send(ctx, "https://node.example", req)          // as ao.Transport
//	rep, err := c.Do(ctx, "http://localhost:8734", req)          // with status and headers
//	rep, err = c.SignAndDo(ctx, node, req, key, commit.Spec{})   // signed first
//
// A request travels in the codec that its key "codec-device" names, httpsig@1.0
// by default. Answers are read in whatever codec they came; a signature on one
// must hold, or the answer is an error. Nothing is followed (redirects),
// decompressed or retried, since signed bytes must arrive as they were sent and
// a request may not be safe to repeat.
//
// Which peers may be reached is the caller's business: [Options.DialControl]
// sees every address before it is connected to.
package client
