package usage

import "context"

type callerKey struct{}

// WithCaller returns the context of a request that comes from an IP address.
func WithCaller(ctx context.Context, ip string) context.Context {
	return context.WithValue(ctx, callerKey{}, ip)
}

// Caller returns the IP address that a request comes from, "" when it did not
// come over the network.
func Caller(ctx context.Context) string {
	ip, _ := ctx.Value(callerKey{}).(string)
	return ip
}
