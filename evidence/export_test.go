package evidence

// AcceptForeignNode has s accept reports about another node message, for the
// reference's fixture: between the making of its report and that of its test the
// form of node messages changed, and so their IDs (spec 04, 7.4.1).
func AcceptForeignNode(s *Service) { s.foreignNode = true }
