/** The package loaded, and nothing done. */
import 'puretls';
