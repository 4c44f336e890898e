//! The door for administrators: a socket beside the store, for the store's owner alone.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use app::App;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};

use crate::command::{Command, run_command};

/// Bytes of a command: an imported calendar is the largest.
const COMMAND_MAX_BYTES: u64 = 513 << 20;
/// The time that a command may take to arrive.
const ARRIVAL: Duration = Duration::from_secs(30);

fn path(data: &Path) -> PathBuf {
    data.join("control.sock")
}

/// Has the server of the store in `data` carry out `command`; nothing if there is none.
pub(crate) async fn ask(data: &Path, command: &Command) -> Option<Result<String, String>> {
    let mut socket = UnixStream::connect(path(data)).await.ok()?;
    Some(exchange(&mut socket, command).await.unwrap_or_else(|it| Err(it.to_string())))
}

async fn exchange(
    socket: &mut UnixStream,
    command: &Command,
) -> std::io::Result<Result<String, String>> {
    let bytes = postcard::to_extend(command, Vec::new()).map_err(std::io::Error::other)?;
    socket.write_all(&bytes).await?;
    socket.shutdown().await?;
    let mut answer = Vec::new();
    socket.read_to_end(&mut answer).await?;
    postcard::from_bytes(&answer).map_err(|_| std::io::Error::other("the server hung up"))
}

/// Listens for commands until the process ends.
pub(crate) fn listen(data: &Path, app: Arc<App>) -> std::io::Result<()> {
    let path = path(data);
    // What an earlier process left behind: the store's lock says that it is gone.
    let _ = std::fs::remove_file(&path);
    let listener = UnixListener::bind(&path)?;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?;
    tokio::spawn(async move {
        loop {
            let Ok((socket, _)) = listener.accept().await else {
                // Too many open files, most likely: some will be closed soon.
                tokio::time::sleep(Duration::from_secs(1)).await;
                continue;
            };
            let app = Arc::clone(&app);
            tokio::spawn(async move {
                if let Err(cause) = answer(socket, &app).await {
                    tracing::warn!(%cause, "a command was cut off");
                }
            });
        }
    });
    Ok(())
}

async fn answer(mut socket: UnixStream, app: &App) -> std::io::Result<()> {
    let mut bytes = Vec::new();
    let mut limited = (&mut socket).take(COMMAND_MAX_BYTES);
    tokio::time::timeout(ARRIVAL, limited.read_to_end(&mut bytes)).await??;
    let answer = match postcard::from_bytes::<Command>(&bytes) {
        Ok(command) => run_command(app, command).await,
        Err(_) => Err("the command is not understood: is this the server's own program?".into()),
    };
    let bytes = postcard::to_extend(&answer, Vec::new()).map_err(std::io::Error::other)?;
    socket.write_all(&bytes).await?;
    socket.shutdown().await
}
