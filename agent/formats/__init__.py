"""What exactly is signed: the containers that hold a signature and the document in them."""
