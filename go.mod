module github.com/hyperbeam-go/hyperbeam

go 1.26
