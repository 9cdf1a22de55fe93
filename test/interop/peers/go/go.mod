module puretls.test/peer

go 1.19
