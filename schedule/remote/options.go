package remote

import (
	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// Options of the node message.
var (
	OptFollowHints = ao.Option{Name: "scheduler_follow_hints", Default: message.True,
		Doc: "Believe the URL of a node behind ?hint= in the ID of a process and in its schedulers. What that node shows is verified either way."}
	OptFollowRedirects = ao.Option{Name: "scheduler_follow_redirects", Default: message.True,
		Doc: "Pass requests about processes of other schedulers on to them; otherwise answer 307 with their location."}
	OptVerify = ao.Option{Name: "verify_assignments", Default: message.True,
		Doc: "Which messages are scheduled, and accepted in the schedules of others: true, those with valid signatures; accept_unsigned, also those without any; false, all (of others, as accept_unsigned)."}
)

// NodeOptions returns the options that the package reads.
func NodeOptions() []ao.Option { return []ao.Option{OptFollowHints, OptFollowRedirects, OptVerify} }
