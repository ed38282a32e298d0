odder::odd!();
